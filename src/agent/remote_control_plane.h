// The control plane over a network: what the agent says goes out by HTTPS, and what changes comes
// in on one stream that the agent holds open. It dials out only.
//
// Two threads: one speaks, one hears. A call that does not get through is no answer; the agent asks
// again. Nothing here decides anything.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "agent/control_plane.h"
#include "backend/backend.h"
#include "http/client.h"
#include "model/agent_talk.h"

namespace weir::agent {

struct RemoteOptions {
  std::string url;
  // How to connect; asked for each connection, as certificates are renewed.
  std::function<http::HttpClientOptions()> connection;
  // Called before each call goes out, on the thread that speaks: renews what is due.
  std::function<void()> before_call;
  std::function<void(model::ChangeWanted)> on_changed;
  std::function<base::Result<backend::LogChunk>(const model::LogQuestion&)> read_log;
  std::string seal_key;  // X25519 public key in hexadecimal: secrets are sealed for it
};

class RemoteControlPlane final : public ControlPlane {
 public:
  explicit RemoteControlPlane(RemoteOptions options);
  ~RemoteControlPlane() override { stop(); }
  RemoteControlPlane(const RemoteControlPlane&) = delete;
  RemoteControlPlane& operator=(const RemoteControlPlane&) = delete;

  void send(model::Input input, std::function<void(const engine::Reply&)> answer) override;
  void fetch_wanted(const std::string& site,
                    std::function<void(model::WantedState)> answer) override;
  // Brings a packed folder of the tenant's to `path`, whole or not at all. Waits for it.
  // Fails: unavailable, not_found, input_output.
  [[nodiscard]] base::Status fetch_blob(const std::string& tenant, const std::string& sha256,
                                        const std::string& path) const;

  // Begins to hear. Requires: what the options call is there.
  void start();
  void stop();

 private:
  // What waits to be said. The agent asks again what was not answered: the oldest may go.
  static constexpr std::size_t waiting_max = 16;
  struct Call {
    std::string method;
    std::string target;
    std::string body;
    std::function<void(const base::Result<http::HttpResponse>&)> answer;
  };

  void say(Call call);
  void speak();
  void hear();
  void take_event(const http::HttpClientOptions& connection, const std::string& kind,
                  const std::string& data);
  void answer_log(const http::HttpClientOptions& connection, const model::LogQuestion& question);
  [[nodiscard]] http::HttpClientOptions connection() const;
  void pause(base::Duration time);

  RemoteOptions options_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Call> waiting_;
  std::optional<http::HttpClient> answering_;  // the hearing thread's
  std::thread speaker_;
  std::thread hearer_;
};

// The error that an answer stands for; none: it is a 2xx.
[[nodiscard]] std::optional<base::Error> error_of(const http::HttpResponse& response);

}  // namespace weir::agent
