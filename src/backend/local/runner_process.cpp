#include "backend/local/runner_process.h"

#include <linux/memfd.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "backend/local/record.h"
#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

base::Result<Descriptor> order_in_memory(const RunnerOrder& order) {
  Descriptor memory(::memfd_create("weir-order", MFD_CLOEXEC));
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

  // `from` is above every descriptor that is given, so that no dup2 overwrites a later one's
  // source.
  void give(int from, int as) { ::posix_spawn_file_actions_adddup2(&actions_, from, as); }
  void stand_in(const std::string& folder) {
    ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
  }
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

// The same file under a number that no descriptor given to a runner has.
base::Result<Descriptor> out_of_the_way(int descriptor) {
  Descriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, output_descriptor + 1));
  if (!copy) return base::fail_errno("copy a descriptor", errno);
  return copy;
}

Descriptor open_process(pid_t pid) {
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

}  // namespace

base::Result<RunnerProcess> start_runner(const std::string& program, const std::string& name,
                                         const RunnerOrder& order,
                                         const std::vector<std::string>& environment,
                                         const ExecDescriptors* exec) {
  Descriptor memory = WEIR_TRY(order_in_memory(order));
  if (memory.get() <= output_descriptor) memory = WEIR_TRY(out_of_the_way(memory.get()));
  Descriptor watched;
  Descriptor output;
  SpawnPlan plan;
  plan.give(memory.get(), order_descriptor);
  if (exec != nullptr) {
    watched = WEIR_TRY(out_of_the_way(exec->watched));
    output = WEIR_TRY(out_of_the_way(exec->output));
    plan.give(watched.get(), watched_descriptor);
    plan.give(output.get(), output_descriptor);
  }
  plan.stand_in(order.work_folder);
  plan.leave_our_session_and_signals();

  std::string title = "weir-runner";
  std::string argument = name;
  char* arguments[] = {title.data(), argument.data(), nullptr};
  std::vector<char*> variables;
  variables.reserve(environment.size() + 1);
  for (const std::string& variable : environment) {
    variables.push_back(const_cast<char*>(variable.c_str()));  // NOLINT: exec's signature
  }
  variables.push_back(nullptr);
  RunnerProcess runner;
  const int error = plan.spawn(program, arguments, variables.data(), runner.pid);
  if (error != 0) return base::fail_errno("start " + program + " for " + name, error);
  // It cannot have become another process: until we wait for it, its pid is taken.
  runner.handle = open_process(runner.pid);
  runner.is_child = true;
  if (!runner.handle) {
    const int open_error = errno;
    ::kill(runner.pid, SIGKILL);  // its program dies with it
    ::waitpid(runner.pid, nullptr, 0);
    return base::fail_errno("hold on to the runner of " + name, open_error);
  }
  return runner;
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
  if (!runner.is_child) return -1;
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
