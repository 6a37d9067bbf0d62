// weir-runner: runs one rank at a time, and outlives the server that started it.
//
// It is started by backend/local in its own session, with a line to the server (line.h) and nothing
// else open. With each order it claims the rank's record, or leaves if another runner has it; that
// is what makes a rank run at most once, whichever server started it and whenever that server was
// killed. It needs no server from then on: limits, notice and end are its own doing, and the
// outcome stands in the record when it says so. Then it is free for the next rank: starting a
// process costs more than most of what a short rank needs. It leaves once its server is gone, has
// no more work for it, or told it to stop.
//
// A site's own scheduler starts it otherwise: `weir-runner --order FILE` runs the one rank whose
// order waits in that file, and `weir-runner --beside RECORD` runs the shell text on its standard
// input beside the rank of that record.
//
// Plain C++ and libc, linked statically.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "backend/local/runner/exec_run.h"
#include "backend/local/runner/line.h"
#include "backend/local/runner/order_file.h"
#include "backend/local/runner/order_form.h"
#include "backend/local/runner/rank_run.h"
#include "backend/local/runner/record_form.h"
#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

constexpr int exit_cannot_begin = 126;
constexpr int exit_not_ours = 125;  // the order was taken before, or withdrawn

// Nothing of the server's may stay open here: not its sockets, not its terminal. The numbers of
// what comes with orders are taken, so that nothing else gets them.
void close_what_is_not_ours() {
  ::close_range(line_descriptor + 1, ~0U, 0);
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int standard : {0, 1, 2}) {
    if (nothing < 0) ::close(standard);
    if (nothing >= 0 && nothing != standard) ::dup2(nothing, standard);
  }
  for (int number = order_descriptor; number < order_descriptor + descriptors_max; ++number) {
    if (nothing != number) ::dup2(nothing, number);
    ::fcntl(number, F_SETFD, FD_CLOEXEC);
  }
  ::fcntl(line_descriptor, F_SETFD, FD_CLOEXEC);
}

// A rank that was forgotten meanwhile has lost its folder, or the folder is another by now.
bool is_in(const std::string& folder) {
  char here[4096];
  return ::getcwd(here, sizeof here) != nullptr && folder == here;
}

// The record, locked until it is closed; or -1 where the rank is not ours to run.
int claim(const RunnerOrder& order, std::int64_t started_us) {
  if (!is_in(order.work_folder)) return -1;
  const int record =
      ::open(order.record_path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (record < 0) return -1;
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  struct stat about{};
  // Some shared file systems have no locks; who took the order from a file is the only one anyway.
  const bool is_locked = ::fcntl(record, F_SETLK, &lock) == 0 ||
                         (order.look_every_us >= 0 && (errno == ENOLCK || errno == ENOTSUP));
  const bool is_ours = is_locked && ::fstat(record, &about) == 0 &&
                       about.st_size <= static_cast<off_t>(head_bytes) && about.st_nlink == 1 &&
                       is_in(order.work_folder);
  std::optional<std::int64_t> memory_bytes;
  if (order.memory_bytes >= 0) memory_bytes = order.memory_bytes;
  const Stage first = order.setup.empty() ? Stage::program : Stage::setup;
  if (is_ours && write_all(record, claim_line(::getpid(), started_us, first, memory_bytes))) {
    return record;
  }
  ::close(record);
  return -1;
}

// Runs the rank to its end. False where this runner is not to run another one after it: the rank
// was not its own, or it was told to stop and a second such word may still be on its way.
bool run_rank(const RunnerOrder& order, RunnerParts& parts) {
  const std::int64_t started_us = wall_clock_us();
  const int record = claim(order, started_us);
  if (record < 0) return false;
  bool was_told_to_stop = false;
  {
    RankRun rank(order, record, started_us, parts);
    rank.run();
    was_told_to_stop = rank.was_told_to_stop();
  }
  // Before the server hears of the end, for both may serve another rank from then on.
  ::close(record);
  return !was_told_to_stop && ::chdir("/") == 0;
}

// What lists of processes show: the rank at work.
void show(std::span<char> title, const std::string& name) {
  std::fill(title.begin(), title.end(), ' ');
  std::copy_n(name.begin(), std::min(name.size(), title.size()), title.begin());
}

void prepare_process() {
  close_what_is_not_ours();
  ::umask(077);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

// What lists of jobs at the site show; the record says it better.
int exit_code_of(const RankOutcome& outcome) {
  if (outcome.end == RankOutcome::End::exited) return outcome.exit_code;
  if (outcome.end == RankOutcome::End::start_failed) return exit_cannot_begin;
  return 128 + (outcome.signal > 0 ? outcome.signal : SIGTERM);
}

int run_order_file(const std::string& path) {
  ::close(line_descriptor);
  prepare_process();
  RunnerParts parts;  // signals wait from here on: one that comes early ends nothing unseen
  const std::optional<RunnerOrder> order = take_order(path);
  if (!order) return exit_not_ours;
  if (::chdir(order->work_folder.c_str()) != 0) return exit_cannot_begin;
  const std::int64_t started_us = wall_clock_us();
  const int record = claim(*order, started_us);
  if (record < 0) return exit_cannot_begin;
  remove_taken_order(path);
  RankRun rank(*order, record, started_us, parts);
  rank.run();
  return exit_code_of(rank.outcome());
}

// The pid that claimed the record, or 0.
pid_t claimant(const std::string& record_path) {
  constexpr std::string_view start = "\nclaim ";
  const std::string text = read_small_file(record_path);
  pid_t pid = 0;
  if (text.starts_with(start)) {
    std::from_chars(text.data() + start.size(), text.data() + text.size(), pid);
  }
  return pid;
}

std::string read_standard_input() {
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(0, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

int run_beside(const std::string& record_path) {
  const std::string command = read_standard_input();
  const pid_t pid = claimant(record_path);
  const int watched = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  RunnerOrder order;
  const std::string memory =
      "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(order_descriptor);
  // Only the rank's own runner has an order that names its record.
  const bool is_it =
      watched >= 0 && decode(read_small_file(memory), order) && order.record_path == record_path;
  if (!is_it || ::chdir(order.work_folder.c_str()) != 0) {
    static_cast<void>(write_all(2, "weir: the rank does not run on this node any more\n"));
    return exit_cannot_begin;
  }
  const int output = ::fcntl(1, F_DUPFD, order_descriptor + descriptors_max);
  const int kept = ::fcntl(watched, F_DUPFD, order_descriptor + descriptors_max);
  ::dup3(kept, watched_descriptor, O_CLOEXEC);
  ::dup3(output, output_descriptor, O_CLOEXEC);
  ::close_range(static_cast<unsigned>(order_descriptor + descriptors_max), ~0U, 0);
  ::umask(077);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  order.is_exec = true;
  order.run = command;
  order.kill_grace_us = exec_grace_us;
  RunnerParts parts;
  return run_exec(order, parts);
}

int run(std::span<char> title) {
  prepare_process();
  RunnerParts parts;
  while (const std::optional<RunnerOrder> order = next_order(parts.events)) {
    show(title, order->name);
    if (::chdir(order->work_folder.c_str()) != 0) return order->is_exec ? exit_cannot_begin : 0;
    if (order->is_exec) return run_exec(*order, parts);
    if (!run_rank(*order, parts)) return 0;
    ::dup3(0, order_descriptor, O_CLOEXEC);  // the order's memory goes, its secrets with it
    show(title, "");
    tell_ended();
  }
  return 0;
}

}  // namespace
}  // namespace weir::backend::local

int main(int count, char** words) {
  if (count == 3 && std::string_view(words[1]) == "--order") {
    ::_exit(weir::backend::local::run_order_file(words[2]));
  }
  if (count == 3 && std::string_view(words[1]) == "--beside") {
    ::_exit(weir::backend::local::run_beside(words[2]));
  }
  const std::span<char> title =
      count > 1 ? std::span<char>(words[1], std::strlen(words[1])) : std::span<char>();
  ::_exit(weir::backend::local::run(title));
}
