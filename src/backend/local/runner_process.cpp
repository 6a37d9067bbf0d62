#include "backend/local/runner_process.h"

#include <linux/memfd.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "backend/local/record.h"
#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

constexpr std::size_t title_length = 48;

base::Result<base::Descriptor> order_in_memory(const RunnerOrder& order) {
  base::Descriptor memory(::memfd_create("weir-order", MFD_CLOEXEC));
  if (!memory) return base::fail_errno("make memory for an order", errno);
  if (!write_all(memory.get(), encode(order))) return base::fail_errno("write an order", errno);
  return memory;
}

// The settings of one posix_spawn, freed with it.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  void give(int from, int as) { ::posix_spawn_file_actions_adddup2(&actions_, from, as); }
  void leave_our_session_and_signals() {
    // The stop signal waits until the runner looks for it, instead of killing it before.
    sigset_t held;
    ::sigemptyset(&held);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::sigaddset(&held, signal);
    sigset_t all;
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &held);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(
        &attributes_,
        static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }
  int spawn(const std::string& program, char* const* arguments, char* const* environment,
            pid_t& pid) {
    return ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, arguments, environment);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

base::Descriptor open_process(pid_t pid) {
  return base::Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

}  // namespace

base::Result<RunnerProcess> start_runner(const std::string& program) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return base::fail_errno("make a line to a runner", errno);
  }
  RunnerProcess runner;
  runner.line = base::Descriptor(ends[0]);
  const base::Descriptor its_end(ends[1]);
  SpawnPlan plan;
  plan.give(its_end.get(), line_descriptor);
  plan.leave_our_session_and_signals();

  std::string name = "weir-runner";
  std::string title(title_length, ' ');  // where the runner shows which rank it runs
  char* arguments[] = {name.data(), title.data(), nullptr};
  // Nothing of the server's own environment: it may hold what a program must not see.
  char* environment[] = {nullptr};
  const int error = plan.spawn(program, arguments, environment, runner.pid);
  if (error != 0) return base::fail_errno("start " + program, error);
  // It cannot have become another process: until we wait for it, its pid is taken.
  runner.handle = open_process(runner.pid);
  if (!runner.handle) {
    const int open_error = errno;
    ::kill(runner.pid, SIGKILL);
    ::waitpid(runner.pid, nullptr, 0);
    return base::fail_errno("hold on to a runner", open_error);
  }
  return runner;
}

base::Status give_order(const RunnerProcess& runner, const RunnerOrder& order,
                        const ExecDescriptors* exec) {
  const base::Descriptor memory = WEIR_TRY(order_in_memory(order));
  int given[descriptors_max] = {memory.get(), -1, -1};
  std::size_t size = sizeof(int);
  if (exec != nullptr) {
    given[watched_descriptor - order_descriptor] = exec->watched;
    given[output_descriptor - order_descriptor] = exec->output;
    size = sizeof given;
  }
  char byte = 'o';
  iovec bytes{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof given)] = {};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = CMSG_SPACE(size);
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(size);
  std::memcpy(CMSG_DATA(header), given, size);
  if (::sendmsg(runner.line.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) return {};
  return base::fail_errno("give a runner its order", errno);
}

Word word_of(const RunnerProcess& runner) {
  if (!runner.line) {
    pollfd handle{runner.handle.get(), POLLIN, 0};
    return ::poll(&handle, 1, 0) > 0 ? Word::gone : Word::none;
  }
  char byte = 0;
  const ssize_t count = ::recv(runner.line.get(), &byte, 1, MSG_DONTWAIT);
  if (count == 1) return Word::rank_over;
  return count < 0 && (errno == EAGAIN || errno == EINTR) ? Word::none : Word::gone;
}

base::Result<RunnerOrder> order_at_work(const RunnerProcess& runner) {
  RunnerOrder order;
  const std::string bytes = read_small_file("/proc/" + std::to_string(runner.pid) + "/fd/" +
                                            std::to_string(order_descriptor));
  if (decode(bytes, order)) return order;
  return base::fail(base::ErrorCode::input_output,
                    "the order at work in process " + std::to_string(runner.pid) +
                        " cannot be read; its runner may be of another version");
}

base::Result<RunnerProcess> adopt_runner(const std::string& record_path) {
  RunnerProcess runner;
  runner.pid = record_holder(record_path);
  if (runner.pid > 0) {
    runner.handle = open_process(runner.pid);
    // Only now is it sure whom we hold: the pid still holds the lock, so it never was free.
    if (runner.handle && record_holder(record_path) == runner.pid) return runner;
  }
  return base::fail(base::ErrorCode::not_found, "no living runner holds " + record_path);
}

void tell_to_stop(const RunnerProcess& runner) {
  ::syscall(SYS_pidfd_send_signal, runner.handle.get(), SIGTERM, nullptr, 0);
}

int wait_for(const RunnerProcess& runner) {
  if (!runner.line) return -1;
  siginfo_t info{};
  int waited = 0;
  do {
    waited = ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(runner.handle.get()), &info,
                      WEXITED);
  } while (waited != 0 && errno == EINTR);
  if (waited != 0) return -1;
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

}  // namespace weir::backend::local
