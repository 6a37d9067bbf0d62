#include "backend/slurm/command.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

#include "backend/local/runner/system.h"

namespace weir::backend::slurm {
namespace {

using Clock = std::chrono::steady_clock;

// No answer of Slurm is longer; what comes after is read and dropped.
constexpr std::size_t output_bytes_max = std::size_t{256} << 20;

// Where the PATH of the command's own environment has the program.
std::string find_program(const Command& command) {
  const std::string& name = command.words.front();
  if (name.find('/') != std::string::npos) return name;
  std::string_view path = "/usr/local/bin:/usr/bin:/bin";
  for (const std::string& variable : command.environment) {
    if (variable.starts_with("PATH=")) path = std::string_view(variable).substr(5);
  }
  while (!path.empty()) {
    const std::size_t colon = path.find(':');
    const std::string candidate = std::string(path.substr(0, colon)) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    path.remove_prefix(colon == std::string_view::npos ? path.size() : colon + 1);
  }
  return {};
}

std::vector<char*> pointers_of(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  // execve takes them as not const, and changes nothing.
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

base::Result<base::Descriptor> input_of(const Command& command) {
  base::Descriptor input(::memfd_create("input", MFD_CLOEXEC));
  if (!input || !local::write_all(input.get(), command.input) ||
      ::lseek(input.get(), 0, SEEK_SET) != 0) {
    return base::fail_errno("make the input of " + command.words.front(), errno);
  }
  return input;
}

// Frees what posix_spawn was given.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(
        &attributes,
        static_cast<short>(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

base::Status make_pipe(base::Descriptor& ours, base::Descriptor& its) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::fail_errno("make a pipe", errno);
  ours = base::Descriptor(ends[0]);
  its = base::Descriptor(ends[1]);
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  return {};
}

// False where the last writer is gone.
bool take(int from, std::string& into) {
  std::array<char, 65'536> buffer{};
  for (;;) {
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    if (into.size() < output_bytes_max) into.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

// Reads both until the command has ended. False where `until` came first.
bool follow(const Child& child, CommandEnd& end, Clock::time_point until) {
  std::array<pollfd, 3> watched = {pollfd{child.output.get(), POLLIN, 0},
                                   pollfd{child.error.get(), POLLIN, 0},
                                   pollfd{child.handle.get(), POLLIN, 0}};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    if (::poll(watched.data(), watched.size(), static_cast<int>(left)) < 0) continue;
    const bool has_ended = watched[2].revents != 0;
    if (watched[0].fd >= 0 && !take(watched[0].fd, end.output)) watched[0].fd = -1;
    if (watched[1].fd >= 0 && !take(watched[1].fd, end.error)) watched[1].fd = -1;
    if (has_ended) return true;
  }
}

}  // namespace

base::Result<Child> start_command(const Command& command) {
  const std::string program = find_program(command);
  if (program.empty()) {
    return base::fail(base::ErrorCode::not_found,
                      "there is no program " + command.words.front() + " here");
  }
  const base::Descriptor input = WEIR_TRY(input_of(command));
  Child child;
  base::Descriptor output;
  base::Descriptor error;
  WEIR_TRY_STATUS(make_pipe(child.output, output));
  WEIR_TRY_STATUS(make_pipe(child.error, error));
  SpawnPlan plan;
  ::posix_spawn_file_actions_adddup2(&plan.actions, input.get(), 0);
  ::posix_spawn_file_actions_adddup2(&plan.actions, output.get(), 1);
  ::posix_spawn_file_actions_adddup2(&plan.actions, error.get(), 2);
  const std::vector<char*> arguments = pointers_of(command.words);
  const std::vector<char*> environment = pointers_of(command.environment);
  const int failed = ::posix_spawn(&child.pid, program.c_str(), &plan.actions, &plan.attributes,
                                   arguments.data(), environment.data());
  if (failed == ENOENT) {
    return base::fail(base::ErrorCode::not_found, "there is no program " + program);
  }
  if (failed != 0) return base::fail_errno("start " + program, failed);
  child.handle = base::Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
  if (!child.handle) {
    const int open_error = errno;
    ::kill(-child.pid, SIGKILL);
    wait_for_child(child);
    return base::fail_errno("hold on to " + program, open_error);
  }
  return child;
}

int wait_for_child(const Child& child) {
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

base::Result<CommandEnd> run_command(const Command& command, std::chrono::milliseconds patience) {
  const Child child = WEIR_TRY(start_command(command));
  CommandEnd end;
  const bool in_time = follow(child, end, Clock::now() + patience);
  if (!in_time) ::kill(-child.pid, SIGKILL);
  end.code = wait_for_child(child);
  if (in_time) return end;
  return base::fail(
      base::ErrorCode::unavailable,
      command.words.front() + " did not answer within " + std::to_string(patience.count()) + " ms");
}

}  // namespace weir::backend::slurm
