// Where a scenario plays: an engine, a clock that stands still between commands, and a site whose
// agent says only what the scenario has it say.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"

namespace weir::scenarios {

class Stage {
 public:
  Stage();

  // Plays one command and tells what it brings about, in lines; "nothing happens" where nothing
  // does. After every command the state is held against what its facts rebuild.
  //
  //   site NAME nodes=2 cpus=4 [memory=8GiB] [devices=MODEL:2]   an agent joins; [leaf=2] so many
  //       nodes hang from a switch, [and=MODEL:1] the last node has these devices
  //   throughputs {rates: […]}                  prices {device_hours: […], …}
  //   power {sites: […]}                        what energy is at the sites
  //   network {links: […]}                      dataset {name: …, replicas: […]}, of lab's
  //   transfer N done|failed                    said by the site; a window that is over brings done
  //   request {site: NAME, less: MILLIWATTS, from: 1h, for: 3h}   or `target`; withdraw N, requests
  //   submit {JOB FILE IN ONE LINE}             submit with key K {…}
  //   plan {…}                                  explain JOB
  //   cancel JOB[_TASK]    hold JOB    release JOB    update JOB [priority=N] [time=T] [at_once=N]
  //   report TASK.ATTEMPT WHAT [of epoch N]     WHAT: running, exit N, signal N, timeout, stopped,
  //                                             start-failed
  //   wait 10m                                  time passes, the site says it is there
  //   silence 10m                               time passes, nobody says anything
  //   list                                      every job in a line
  //   submit as TENANT {…}                      somebody of that tenant submits; otherwise lab's
  //   ada tenant {path: lab, weight: 2, …}          an operator sets one; forget PATH takes it back
  //   tenants                                   every tenant in a line
  //   policy weir | {order: …, backfill: …}   another policy
  //   wanted                                    what the site is to do
  // Fails: invalid, the command is none.
  [[nodiscard]] base::Result<std::string> play(const std::string& command);

 private:
  [[nodiscard]] base::Result<std::string> join(const std::vector<std::string>& words);
  [[nodiscard]] base::Result<std::string> submit(const std::string& command);
  [[nodiscard]] base::Result<std::string> plan(const std::string& job);
  [[nodiscard]] base::Result<std::string> explain(const std::string& job) const;
  [[nodiscard]] base::Result<std::string> cancel(const std::string& reference);
  [[nodiscard]] base::Result<std::string> update(const std::vector<std::string>& words);
  [[nodiscard]] base::Result<std::string> report(const std::vector<std::string>& words);
  [[nodiscard]] base::Result<std::string> pass_time(const std::string& span, bool in_touch);
  [[nodiscard]] base::Result<std::string> set_tenant(const std::string& command);
  [[nodiscard]] base::Result<std::string> set_power(const std::string& command);
  [[nodiscard]] base::Result<std::string> set_policy(const std::string& command);
  [[nodiscard]] base::Result<std::string> set_throughputs(const std::string& command);
  [[nodiscard]] base::Result<std::string> set_prices(const std::string& command);
  [[nodiscard]] base::Result<std::string> set_network(const std::string& command);
  [[nodiscard]] base::Result<std::string> put_dataset(const std::string& command);
  [[nodiscard]] base::Result<std::string> end_transfer(const std::vector<std::string>& words);
  [[nodiscard]] base::Result<std::string> request_power(const std::string& command);
  [[nodiscard]] std::string requests() const;
  [[nodiscard]] std::string tenants() const;
  [[nodiscard]] std::string list() const;
  [[nodiscard]] std::string wanted() const;

  std::string step(const model::Input& input);
  [[nodiscard]] base::Status check_rebuilt();

  engine::Engine engine_;
  engine::Engine rebuilt_;  // by facts alone
  base::Time now_;
  std::uint64_t report_sequence_ = 0;
};

}  // namespace weir::scenarios
