// One modelled site: its machines, and the agent process that keeps them true to the wanted state.
// Agent and machines die separately.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core.h"
#include "base/random.h"
#include "tests/world/agenda.h"
#include "tests/world/network.h"
#include "tests/world/processes.h"
#include "tests/world/server.h"
#include "tests/world/trace.h"

namespace weir::world {

class Site {
 public:
  Site(std::string name, std::vector<model::Node> nodes, Agenda& agenda, const Faults& faults,
       base::Random random, Trace& trace, Network& network, Server& server);

  void start_agent();
  // The agent's process ends, and comes up again after `down`.
  void crash_agent(base::Duration down);
  // The machines and the agent on them go down together.
  void lose_power(base::Duration down);
  // As a new agent would cut them, from its next start on.
  void cut_again();

  // A change of the wanted state has arrived.
  void take(const model::ChangeWanted& change);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Processes& processes() { return processes_; }
  [[nodiscard]] bool agent_up() const { return core_.has_value(); }
  [[nodiscard]] std::size_t attempts() const { return core_ ? core_->attempts().size() : 0; }
  // Nothing runs and nothing is known of anything that ran.
  [[nodiscard]] bool empty() const;

 private:
  void look_soon();
  void settle();
  void act(const agent::Action& action);
  void join();
  void send(const model::ReportSite& report);
  void fetch();
  void wake_at_need();
  // Carries an answer back, unless the agent that asked is gone by then.
  template <typename Take>
  void carry_back(Take take);

  std::string name_;
  Agenda& agenda_;
  const Faults& faults_;
  base::Random random_;
  Trace& trace_;
  Network& network_;
  Server& server_;
  Processes processes_;
  std::vector<model::Node> first_cut_;
  std::optional<agent::AgentCore> core_;  // none: the process is down
  std::uint64_t life_ = 0;
  bool looking_ = false;
  std::uint64_t wake_plan_ = 0;
};

}  // namespace weir::world
