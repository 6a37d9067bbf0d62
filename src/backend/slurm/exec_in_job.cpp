#include "backend/slurm/exec_in_job.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

namespace weir::backend::slurm {
namespace {

// srun waits for its step to end.
constexpr int end_ms_max = 5'000;
constexpr std::size_t complaint_bytes_max = 1'000;

// False where the last writer is gone.
bool hand_on(int from, const std::function<void(std::string_view)>& output) {
  std::array<char, 16'384> buffer{};
  for (;;) {
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    output(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
  }
}

}  // namespace

base::Result<int> exec_in_job(const Command& command,
                              const std::function<void(std::string_view)>& output,
                              const std::stop_token& cancel) {
  const Child child = WEIR_TRY(start_command(command));
  const base::Descriptor cancelled(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::stop_callback wake(cancel, [&] { ::eventfd_write(cancelled.get(), 1); });
  std::array<pollfd, 4> watched = {
      pollfd{child.output.get(), POLLIN, 0}, pollfd{child.handle.get(), POLLIN, 0},
      pollfd{cancelled.get(), POLLIN, 0}, pollfd{child.error.get(), POLLIN, 0}};
  std::string complaint;
  const auto complain = [&](std::string_view bytes) {
    if (complaint.size() < complaint_bytes_max) complaint += bytes;
  };
  int patience_ms = -1;
  for (;;) {
    const int ready = ::poll(watched.data(), watched.size(), patience_ms);
    if (ready == 0) ::kill(-child.pid, SIGKILL);
    if (ready <= 0) continue;
    if (watched[2].fd >= 0 && watched[2].revents != 0) {
      ::kill(child.pid, SIGTERM);
      patience_ms = end_ms_max;
      watched[2].fd = -1;
    }
    const bool has_ended = watched[1].revents != 0;
    if (watched[0].fd >= 0 && !hand_on(watched[0].fd, output)) watched[0].fd = -1;
    if (watched[3].fd >= 0 && !hand_on(watched[3].fd, complain)) watched[3].fd = -1;
    if (!has_ended) continue;
    const int code = wait_for_child(child);
    if (complaint.find("nable to create step") == std::string::npos) return code;
    return base::fail(base::ErrorCode::input_output, "Slurm made no step for it: " + complaint);
  }
}

}  // namespace weir::backend::slurm
