// weir-runner: runs one rank of one attempt, and outlives the server that started it.
//
// It is started by backend/local with its order on descriptor 3, in its own session, in the rank's
// work folder, with the program's environment as its own. It claims the rank's record, or leaves
// if another runner has it; that is what makes a rank run at most once, whichever server started
// it and whenever that server was killed. It needs no server from then on: limits, notice and end
// are its own doing, and the outcome stands in the record when it is gone.
//
// Plain C++ and libc, linked statically: it is started once for every rank.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "backend/local/runner/exec_run.h"
#include "backend/local/runner/order_form.h"
#include "backend/local/runner/rank_run.h"
#include "backend/local/runner/record_form.h"
#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

constexpr int exit_bad_order = 125;

std::optional<RunnerOrder> read_order() {
  struct stat about{};
  if (::fstat(order_descriptor, &about) != 0 || about.st_size < 0) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(about.st_size), '\0');
  const ssize_t count = ::pread(order_descriptor, bytes.data(), bytes.size(), 0);
  RunnerOrder order;
  if (count != about.st_size || !decode(bytes, order)) return std::nullopt;
  return order;
}

// Nothing of the server's may stay open here: not its sockets, not its terminal.
void close_what_is_not_ours(bool is_exec) {
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int standard : {0, 1, 2}) {
    if (nothing < 0) ::close(standard);
    if (nothing >= 0 && nothing != standard) ::dup2(nothing, standard);
  }
  ::close(order_descriptor);
  if (is_exec) {
    ::fcntl(watched_descriptor, F_SETFD, FD_CLOEXEC);
    ::fcntl(output_descriptor, F_SETFD, FD_CLOEXEC);
    ::close_range(output_descriptor + 1, ~0U, 0);
  } else {
    ::close_range(order_descriptor, ~0U, 0);
  }
}

// A rank that was forgotten meanwhile has lost its folder, or the folder is another by now.
bool is_in(const std::string& folder) {
  char here[4096];
  return ::getcwd(here, sizeof here) != nullptr && folder == here;
}

// The record, locked until this process ends; or -1 where the rank is not ours to run.
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
                       about.st_size == 0 && about.st_nlink == 1 && is_in(order.work_folder);
  std::optional<std::int64_t> memory_bytes;
  if (order.memory_bytes >= 0) memory_bytes = order.memory_bytes;
  const Stage first = order.setup.empty() ? Stage::program : Stage::setup;
  if (is_ours && write_all(record, claim_line(::getpid(), started_us, first, memory_bytes))) {
    return record;
  }
  ::close(record);
  return -1;
}

int run() {
  const std::optional<RunnerOrder> order = read_order();
  if (!order) return exit_bad_order;
  close_what_is_not_ours(order->is_exec);
  ::umask(077);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (order->is_exec) return run_exec(*order);
  const std::int64_t started_us = wall_clock_us();
  const int record = claim(*order, started_us);
  if (record < 0) return 0;
  RankRun(*order, record, started_us).run();
  return 0;
}

}  // namespace
}  // namespace weir::backend::local

int main() { ::_exit(weir::backend::local::run()); }
