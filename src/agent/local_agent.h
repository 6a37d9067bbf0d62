// The agent of this machine: an AgentCore, a backend, and one thread that joins them.
//
// It waits for whichever comes first (news of the backend, a message, the core's next wake) and
// never polls. Stopping it leaves what runs running.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/control_plane.h"
#include "agent/core.h"
#include "backend/backend.h"
#include "sense/inventory.h"

namespace weir::agent {

// The nodes of this machine, cut into `count`: names node0, node1, …
// Fails: as sense::cut_machine.
[[nodiscard]] base::Result<std::vector<model::Node>> nodes_of(const sense::Machine& machine,
                                                              std::uint32_t count,
                                                              const std::string& limits_by);

struct LocalAgentOptions {
  Settings settings;
  std::vector<model::Node> nodes;
  std::function<base::Time()> clock;
  // Opens a sealed secret; asked when a rank is started, and the answer is not kept.
  std::function<base::Result<std::string>(std::string_view sealed)> open_secret;
  // Where the archive of a tenant's work folder is.
  std::function<std::string(const std::string& tenant, const std::string& sha256)> archive_path;
  base::Duration kill_grace = std::chrono::seconds(10);  // between TERM and KILL
  std::int64_t log_bytes_max = std::int64_t{64} << 20;   // of one rank
};

class LocalAgent {
 public:
  // Both must outlive this object. Takes in what the backend still runs, then joins.
  LocalAgent(ControlPlane& control_plane, backend::Backend& backend, LocalAgentOptions options);
  // Stops, as stop() does.
  ~LocalAgent();
  LocalAgent(const LocalAgent&) = delete;
  LocalAgent& operator=(const LocalAgent&) = delete;

  // The wanted state has changed. Any thread; returns at once.
  void wanted_changed(const model::ChangeWanted& change);
  // Waits until the control plane has taken this agent; false if it took longer than `at_most`.
  [[nodiscard]] bool wait_until_joined(base::Duration at_most);
  // Ends the thread. Answers that come later are dropped.
  void stop();

 private:
  using Event = std::function<void(LocalAgent&)>;
  struct Mailbox;

  void run();
  void act(const Action& action);
  void start(const StartRank& action);
  [[nodiscard]] base::Result<backend::RankOrder> order_of(const StartRank& action) const;
  void wait_for_something();

  ControlPlane& control_plane_;
  backend::Backend& backend_;
  LocalAgentOptions options_;
  AgentCore core_;
  std::shared_ptr<Mailbox> mailbox_;  // outlives the agent where an answer is still to come

  std::mutex joined_mutex_;
  std::condition_variable joined_changed_;
  bool joined_ = false;

  std::thread thread_;
};

}  // namespace weir::agent
