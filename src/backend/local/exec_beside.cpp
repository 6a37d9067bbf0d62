#include "backend/local/exec_beside.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "backend/local/record.h"
#include "backend/local/runner_process.h"

namespace weir::backend::local {
namespace {

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
int follow(const RunnerProcess& runner, const base::Descriptor& from,
           const std::function<void(std::string_view)>& output, const std::stop_token& cancel) {
  const base::Descriptor cancelled(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
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
  if (!rank || recorded_outcome(record_path)) {
    return base::fail(base::ErrorCode::conflict, to_text(order.key) + " does not run");
  }
  RunnerOrder beside = WEIR_TRY(order_at_work(*rank));
  if (record_holder(record_path) != rank->pid) {
    return base::fail(base::ErrorCode::conflict, to_text(order.key) + " has just ended");
  }
  beside.is_exec = true;
  beside.name += "+exec";
  beside.run = order.command;
  beside.kill_grace_us = exec_grace_us;
  if (!beside.cgroup.empty()) beside.memory_bytes = -1;  // the group's limit holds for all in it
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::fail_errno("make a pipe", errno);
  const base::Descriptor from(ends[0]);
  base::Descriptor to(ends[1]);
  ::fcntl(from.get(), F_SETFL, O_NONBLOCK);
  const ExecDescriptors descriptors{rank->handle.get(), to.get()};
  const RunnerProcess runner = WEIR_TRY(start_runner(order.runner_program));
  if (base::Status given = give_order(runner, beside, &descriptors); !given) {
    tell_to_stop(runner);
    wait_for(runner);
    return base::fail(std::move(given).error());
  }
  to.close();
  return follow(runner, from, output, cancel);
}

}  // namespace weir::backend::local
