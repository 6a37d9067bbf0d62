#include "backend/local/exec_beside.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "backend/local/record.h"
#include "backend/local/runner/system.h"
#include "backend/local/runner_process.h"

namespace weir::backend::local {
namespace {

constexpr std::int64_t exec_grace_us = 2'000'000;

// A runner's environment is its program's, exactly as it was ordered.
std::vector<std::string> environment_of(pid_t runner) {
  const std::string text = read_small_file("/proc/" + std::to_string(runner) + "/environ");
  std::vector<std::string> variables;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    if (end > at) variables.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return variables;
}

std::vector<std::int32_t> cpus_of(pid_t runner) {
  std::vector<std::int32_t> numbers;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(runner, sizeof cpus, &cpus) != 0) return numbers;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &cpus)) numbers.push_back(cpu);
  }
  return numbers;
}

// Hands on what there is now. False where the last writer is gone.
bool hand_on(int from, const std::function<void(std::string_view)>& output) {
  std::array<char, 16'384> buffer{};
  for (;;) {
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count > 0) {
      output(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
      return true;
    }
    if (count < 0 && errno == EINTR) continue;
    return count < 0 && errno == EAGAIN;
  }
}

// Until the exec's runner has ended and all its output is handed on.
int follow(const RunnerProcess& runner, const Descriptor& from,
           const std::function<void(std::string_view)>& output, const std::stop_token& cancel) {
  const Descriptor cancelled(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::stop_callback wake(cancel, [&] { ::eventfd_write(cancelled.get(), 1); });
  std::array<pollfd, 3> watched = {pollfd{from.get(), POLLIN, 0},
                                   pollfd{runner.handle.get(), POLLIN, 0},
                                   pollfd{cancelled.get(), POLLIN, 0}};
  for (;;) {
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[2].revents != 0) {
      tell_to_stop(runner);
      watched[2].fd = -1;
    }
    const bool has_ended = watched[1].revents != 0;
    if (watched[0].revents != 0 && !hand_on(from.get(), output)) watched[0].fd = -1;
    if (has_ended && (watched[0].fd < 0 || watched[0].revents == 0)) return wait_for(runner);
  }
}

}  // namespace

base::Result<int> exec_beside(const Layout& layout, const ExecOrder& order,
                              const std::function<void(std::string_view)>& output,
                              const std::stop_token& cancel) {
  const std::string record_path = layout.record(order.key);
  const base::Result<RunnerProcess> rank = adopt_runner(record_path);
  const base::Result<std::optional<Record>> record = read_record(record_path);
  if (!rank || !record || !record->has_value() || record->value().outcome) {
    return base::fail(base::ErrorCode::conflict, to_text(order.key) + " does not run");
  }
  RunnerOrder beside;
  beside.is_exec = true;
  beside.work_folder = layout.work(order.key);
  beside.run = order.command;
  beside.cpus = cpus_of(rank->pid);
  beside.memory_bytes = record->value().memory_bytes.value_or(-1);
  beside.kill_grace_us = exec_grace_us;
  if (!order.cgroup_parent.empty()) {
    beside.cgroup = order.cgroup_parent + "/" + to_text(order.key);
    beside.memory_bytes = -1;  // the group's limit holds for all in it
  }
  const std::vector<std::string> environment = environment_of(rank->pid);
  if (record_holder(record_path) != rank->pid || environment.empty()) {
    return base::fail(base::ErrorCode::conflict, to_text(order.key) + " has just ended");
  }
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::fail_errno("make a pipe", errno);
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  ::fcntl(from.get(), F_SETFL, O_NONBLOCK);
  const ExecDescriptors descriptors{rank->handle.get(), to.get()};
  const RunnerProcess runner = WEIR_TRY(start_runner(
      order.runner_program, to_text(order.key) + "+exec", beside, environment, &descriptors));
  to.close();
  return follow(runner, from, output, cancel);
}

}  // namespace weir::backend::local
