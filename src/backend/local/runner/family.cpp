#include "backend/local/runner/family.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "backend/local/runner/control_group.h"
#include "backend/local/runner/processes.h"
#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

// The kernel takes one argument of at most 128 KiB.
constexpr std::size_t argument_bytes_max = 102'400;
// MFD_EXEC: newer than the headers.
constexpr unsigned int memory_may_be_run = 0x0010U;
// How long after a KILL the next one follows, twice as long each time: a process may be made while
// the others are killed, and one in uninterruptible sleep takes its time.
constexpr std::int64_t sweep_first_us = 10'000;
constexpr std::int64_t sweep_last_us = 1'000'000;

// A script in memory, so that it needs no file and no mount that allows programs. It stays open
// over exec, because its interpreter opens it by this descriptor's name.
int script_in_memory(const std::string& text) {
  int descriptor = ::memfd_create("script", memory_may_be_run);
  if (descriptor < 0 && errno == EINVAL) descriptor = ::memfd_create("script", 0);
  if (descriptor >= 0 && !write_all(descriptor, text)) {
    ::close(descriptor);
    return -1;
  }
  return descriptor;
}

struct ChildPlan {
  const char* program = nullptr;
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  int output = -1;
  int group_processes = -1;  // cgroup.procs, or -1
  std::int64_t memory_bytes = -1;
  pid_t runner = 0;
};

// Runs in the child between vfork and exec: it borrows the runner's memory, so nothing but system
// calls happens here. Returns only if something failed.
int become_program(const ChildPlan& plan) {
  if (::setpgid(0, 0) != 0) return errno;
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
  if (::getppid() != plan.runner) ::_exit(127);  // the runner died before the line above
  if (plan.group_processes >= 0 && ::write(plan.group_processes, "0", 1) != 1) return errno;
  if (::dup2(plan.output, 1) < 0 || ::dup2(plan.output, 2) < 0) return errno;
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);  // a core file would put secrets on the disk
  if (plan.memory_bytes >= 0) {
    const rlimit limit{static_cast<rlim_t>(plan.memory_bytes),
                       static_cast<rlim_t>(plan.memory_bytes)};
    if (::setrlimit(RLIMIT_DATA, &limit) != 0) return errno;
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::execve(plan.program, plan.arguments, plan.environment);
  return errno;
}

pid_t spawn(const ChildPlan& plan, int& error) {
  volatile int child_error = 0;
  // Not posix_spawn: that one cannot tie the child's life to ours, nor set its limits. The child
  // does nothing but system calls and one write to a variable that is made for it.
  const pid_t child = ::vfork();  // NOLINT(*vfork*,bugprone-unsafe-functions): see above
  if (child == 0) {
    child_error = become_program(plan);  // NOLINT(clang-analyzer-unix.Vfork): see above
    ::_exit(127);
  }
  error = child < 0 ? errno : child_error;
  return child;
}

std::int64_t us_of(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
}

void tell(pid_t whom, int signal) {
  ::kill(whom, signal);
  ::kill(whom, SIGCONT);  // a stopped process must wake to hear it
}

}  // namespace

std::string Family::launch(const Launch& launch) {
  const bool is_script = launch.text.starts_with("#!");
  const bool needs_file = is_script || launch.text.size() > argument_bytes_max;
  const int script = needs_file ? script_in_memory(launch.text) : -1;
  if (needs_file && script < 0) {
    return std::string("cannot hold the script in memory: ") + error_text(errno);
  }
  std::string path = "/proc/self/fd/" + std::to_string(script);
  std::string shell = "/bin/sh";
  std::string option = "-c";
  std::string text = needs_file ? std::string() : launch.text;
  char* as_script[] = {path.data(), nullptr};
  char* as_file[] = {shell.data(), path.data(), nullptr};
  char* as_text[] = {shell.data(), option.data(), text.data(), nullptr};

  ChildPlan plan;
  plan.program = is_script ? path.c_str() : shell.c_str();
  plan.arguments = is_script ? as_script : needs_file ? as_file : as_text;
  std::vector<char*> environment;
  environment.reserve(launch.environment.size() + 1);
  for (const std::string& variable : launch.environment) {
    environment.push_back(const_cast<char*>(variable.c_str()));  // NOLINT: exec's signature
  }
  environment.push_back(nullptr);
  plan.environment = environment.data();
  plan.output = launch.output;
  plan.memory_bytes = launch.memory_bytes;
  plan.runner = ::getpid();
  if (launch.control_group != nullptr) plan.group_processes = launch.control_group->open_members();

  int error = 0;
  const pid_t child = spawn(plan, error);
  if (plan.group_processes >= 0) ::close(plan.group_processes);
  if (script >= 0) ::close(script);
  if (child < 0) return std::string("cannot start a process: ") + error_text(error);
  if (error != 0) {
    ::waitpid(child, nullptr, 0);
    const std::string what = is_script ? launch.text.substr(0, launch.text.find('\n')) : shell;
    return "cannot run " + what + ": " + error_text(error);
  }
  main_ = child;
  main_status_.reset();
  is_gone_ = false;
  group_was_told_ = false;
  return {};
}

void Family::reap() {
  for (;;) {
    int status = 0;
    rusage used{};
    const pid_t ended = ::wait4(-1, &status, WNOHANG, &used);
    if (ended < 0 && errno == EINTR) continue;
    if (ended <= 0) {
      is_gone_ = ended < 0;
      break;
    }
    cpu_us_ += us_of(used.ru_utime) + us_of(used.ru_stime);
    peak_memory_bytes_ = std::max(peak_memory_bytes_, std::int64_t{used.ru_maxrss} * 1024);
    if (ended == main_) main_status_ = status;
    std::erase(told_, ended);
  }
  if (is_gone_ || !is_ending()) return;
  // Whoever lost its parent is our child by now, and may not have heard of the end yet.
  if (is_killing_) {
    kill_children();
  } else if (main_status_) {
    terminate_children();
  }
}

void Family::notice(int signal) {
  for (const Descendant& process : descendants_of_this_process()) {
    const bool is_shell_around =
        process.pid == main_ && process.has_children && !catches_signal(process.pid, signal);
    if (!is_shell_around) ::kill(process.pid, signal);
  }
}

void Family::end(std::int64_t now_us, std::int64_t grace_us) {
  const std::int64_t kill_at_us = now_us + grace_us;
  if (kill_at_us_) {
    if (!is_killing_) kill_at_us_ = std::min(*kill_at_us_, kill_at_us);
    return;
  }
  kill_at_us_ = kill_at_us;
  if (main_runs()) {
    group_was_told_ = true;
    tell(-main_, SIGTERM);
  }
  terminate_children();
}

void Family::on_time(std::int64_t now_us) {
  if (!kill_at_us_ || now_us < *kill_at_us_ || is_gone_) return;
  is_killing_ = true;
  sweep_us_ = std::clamp(sweep_us_ * 2, sweep_first_us, sweep_last_us);
  kill_at_us_ = now_us + sweep_us_;
  kill_children();
}

void Family::terminate_children() {
  for (const pid_t child : children_of_this_process()) {
    const bool heard = std::find(told_.begin(), told_.end(), child) != told_.end() ||
                       (group_was_told_ && ::getpgid(child) == main_);
    if (heard) continue;
    told_.push_back(child);
    tell(child, SIGTERM);
  }
}

void Family::kill_children() {
  if (control_group_ != nullptr) control_group_->kill_all();
  if (main_runs()) ::kill(-main_, SIGKILL);
  for (const pid_t child : children_of_this_process()) ::kill(child, SIGKILL);
}

}  // namespace weir::backend::local
