// Who an agent is: its key, its certificate and whom it believes, kept in a folder of its own.
#pragma once

#include <mutex>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "http/client.h"
#include "identity/key_pair.h"
#include "model/agent_talk.h"

namespace weir::app {

struct AgentConnection {
  std::string url;    // of the control plane, "https://weir.example:9348"
  std::string proxy;  // "http://host:port"; "": none
};

class AgentIdentity {
 public:
  // Enrols with the token and keeps what came of it, or reads what is kept where the token is "".
  // Fails: invalid (no such token), refused (another server answers), unauthenticated (the token
  //        holds no longer), unavailable, not_found (nothing is kept here), input_output.
  [[nodiscard]] static base::Result<AgentIdentity> open(const std::string& folder,
                                                        const AgentConnection& connection,
                                                        const std::string& token);
  AgentIdentity(AgentIdentity&& other) noexcept;

  [[nodiscard]] const std::string& site() const { return enrolment_.site; }
  [[nodiscard]] base::Duration lease() const { return enrolment_.lease; }
  // Of the control plane, PEM: it stays the same as long as that one does.
  [[nodiscard]] const std::string& authority() const { return enrolment_.authority; }
  // Secrets are sealed for this key (X25519), in hexadecimal, and opened with its other half.
  [[nodiscard]] const std::string& seal_key() const { return seal_public_; }
  [[nodiscard]] base::Result<std::string> open_secret(std::string_view sealed) const;

  // How to connect now. Any thread.
  [[nodiscard]] http::HttpClientOptions connection() const;
  // Has the certificate renewed, with a key of its own each time, once a third of its life is left.
  // A failure is told and tried again; the certificate holds until its end.
  void renew_if_due();

 private:
  AgentIdentity() = default;
  [[nodiscard]] base::Status enrol(const AgentConnection& connection, const std::string& token);
  [[nodiscard]] base::Status read();
  [[nodiscard]] base::Status keep() const;
  [[nodiscard]] base::Status renew();

  std::string folder_;
  AgentConnection connection_;
  mutable std::mutex mutex_;
  std::string key_;  // PEM
  model::Enrolment enrolment_;
  base::Time renew_at_;
  base::Time tried_;
  std::string seal_public_;
  std::string seal_secret_;
};

}  // namespace weir::app
