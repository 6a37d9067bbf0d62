#include "backend/local/runner/exec_run.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>

#include "backend/local/runner/control_group.h"
#include "backend/local/runner/family.h"
#include "backend/local/runner/system.h"

namespace weir::backend::local {

int run_exec(const RunnerOrder& order, RunnerParts& parts) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::optional<ControlGroup> control_group;
  if (!order.cgroup.empty()) control_group.emplace(order.cgroup);
  // The family's way to kill is not the group's: that would take the rank along.
  Family family(nullptr);
  Launch launch;
  launch.text = order.run;
  launch.environment = order.environment;
  launch.output = output_descriptor;
  launch.memory_bytes = order.memory_bytes;
  launch.control_group = control_group ? &*control_group : nullptr;
  std::string trouble = parts.cpus.keep_to(order.cpus);
  if (trouble.empty()) trouble = family.launch(launch);
  if (!trouble.empty()) {
    static_cast<void>(write_all(output_descriptor, "weir: " + trouble + "\n"));
    return 126;
  }
  ::close(output_descriptor);

  int watched = watched_descriptor;
  while (!family.is_gone()) {
    parts.events.set_alarm(family.wake_at_us());
    pollfd rank{watched, POLLIN, 0};
    parts.events.wait(&rank, 1);
    const Signals signals = parts.events.take_signals();
    if (signals.child_ended) family.reap();
    const std::int64_t now_us = steady_us();
    if (rank.revents != 0) {
      watched = -1;
      family.end(now_us, 0);
    }
    if (signals.told_to_stop || !family.main_runs()) family.end(now_us, order.kill_grace_us);
    family.on_time(now_us);
  }
  const int status = family.main_status().value_or(0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace weir::backend::local
