// The agent of one machine: a thread that keeps a backend true to what the control plane wants.
//
// What it does is decided by AgentCore; here are only the thread, the clock and the hands. It waits
// for the backend, for messages and for the core's next wake, and polls nothing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/control_plane.h"
#include "agent/core.h"
#include "agent/site_policy.h"
#include "backend/backend.h"
#include "base/result.h"
#include "model/site.h"
#include "mover/process.h"

namespace weir::agent {

struct LocalAgentOptions {
  Settings settings;
  std::vector<model::Node> nodes;  // what the site offers
  // Secrets are opened when a rank starts, and only then. Called on the agent's thread.
  std::function<base::Result<std::string>(std::string_view sealed)> open_secret;
  // Where the packed working folder with this SHA-256 lies.
  std::function<base::Result<std::string>(const std::string& tenant, const std::string& sha256)>
      archive_path;
  // Why the site's owner does not have this work here; none: he has. Asked as its ranks are
  // started, on the agent's thread.
  std::function<std::optional<Refusal>(const model::AttemptWish&)> refusal = {};
  std::string store;          // folder of versions of datasets (mover/order.h)
  std::string mover_program;  // weir-mover
};

class LocalAgent {
 public:
  // Begins at once. `control_plane` and `backend` must outlive it, and nobody else may use the
  // backend but for what backend.h allows any thread.
  LocalAgent(ControlPlane& control_plane, backend::Backend& backend, LocalAgentOptions options);
  LocalAgent(const LocalAgent&) = delete;
  LocalAgent& operator=(const LocalAgent&) = delete;
  ~LocalAgent();

  // A change of the wanted state, as an effect gives it. Any thread.
  void wanted_changed(model::ChangeWanted change);

  // What others than Weir hold of the site's nodes, whole. Any thread.
  void others_seen(std::vector<model::RankPlacement> held);

  // True once the control plane has taken this agent for its site. Any thread.
  [[nodiscard]] bool wait_until_joined(std::chrono::milliseconds timeout);

  // Ends the thread; what runs goes on running. Answers that come later are dropped.
  void stop();

 private:
  class Mailbox;

  // What an attempt leaves, one output after the other.
  struct Publication {
    model::AttemptKey key;
    std::vector<model::DataOutput> outputs;
    std::vector<model::OutputReport> done;
    std::optional<mover::MoverProcess> mover;  // at the output behind those that are done
    std::string trouble;
  };

  void run(const std::stop_token& stop);
  void settle();
  void wait();
  void act(Action& action);
  void start(StartRank& action);
  [[nodiscard]] base::Result<backend::RankOrder> order_of(StartRank& action) const;
  void publish(const PublishOutputs& action);
  void begin_publishing(Publication& publication);
  void hear_movers();
  void send_report(SendReport action);
  void join_site();
  void fetch();

  ControlPlane& control_plane_;
  backend::Backend& backend_;
  LocalAgentOptions options_;
  AgentCore core_;  // the thread's
  std::optional<base::Time> lease_as_of_;
  std::vector<Publication> publications_;
  std::shared_ptr<Mailbox> mailbox_;
  std::mutex joined_mutex_;
  std::condition_variable joined_changed_;
  bool joined_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace weir::agent
