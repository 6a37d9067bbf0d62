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
// Plain C++ and libc, linked statically.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "backend/local/runner/exec_run.h"
#include "backend/local/runner/line.h"
#include "backend/local/runner/order_form.h"
#include "backend/local/runner/rank_run.h"
#include "backend/local/runner/record_form.h"
#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

constexpr int exit_cannot_begin = 126;

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
  const bool is_ours = ::fcntl(record, F_SETLK, &lock) == 0 && ::fstat(record, &about) == 0 &&
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

int run(std::span<char> title) {
  close_what_is_not_ours();
  ::umask(077);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
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
  const std::span<char> title =
      count > 1 ? std::span<char>(words[1], std::strlen(words[1])) : std::span<char>();
  ::_exit(weir::backend::local::run(title));
}
