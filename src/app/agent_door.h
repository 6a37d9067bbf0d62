// Where agents of other sites dial in: an authority of this control plane's own, and a port that
// speaks TLS.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "gateway/services.h"
#include "http/server.h"
#include "http/tls_front.h"
#include "identity/authority.h"

namespace weir::app {

struct AgentDoorOptions {
  std::string address;  // to listen on, "127.0.0.1:9348"; "": no agent joins
  std::string url;      // where agents reach it from outside; "": as it listens
  std::string trust_domain = "weir.local";
  base::Duration certificates_last = std::chrono::hours(24);
};

class AgentDoor {
 public:
  // Makes the authority where there is none yet: authority.key (mode 0600) and authority.pem in the
  // data folder. Fails: invalid (address, trust domain), input_output.
  [[nodiscard]] static base::Result<std::unique_ptr<AgentDoor>> make(
      const std::string& data_folder, const AgentDoorOptions& options);

  [[nodiscard]] std::shared_ptr<const gateway::Certifier> certifier() const { return certifier_; }
  // Takes agents in from here on. Requires: `server` outlives this.
  [[nodiscard]] base::Status open(http::HttpServer& server);
  [[nodiscard]] const std::string& url() const { return certifier_->url; }
  void close() {
    if (front_) front_->stop();
  }

 private:
  explicit AgentDoor(identity::Authority authority) : authority_(std::move(authority)) {}

  const identity::Authority authority_;
  std::shared_ptr<gateway::Certifier> certifier_;
  http::TlsFrontOptions listen_;
  std::unique_ptr<http::TlsFront> front_;
};

}  // namespace weir::app
