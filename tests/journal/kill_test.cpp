// A process that appends is killed at random moments; what it acknowledged must be there.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "journal/checkpointer.h"
#include "journal/sqlite_journal.h"
#include "journal/verify.h"
#include "tests/journal/support/rows.h"

namespace weir::journal {
namespace {

using testing::all_rows;
using testing::append_rows;
using testing::rows_after;
using testing::TemporaryFolder;

constexpr int rounds = 20;

// The child: appends, checkpoints and writes snapshots for as long as it lives, and tells through
// `pipe` each sequence once it was acknowledged. Never returns.
[[noreturn]] void append_for_ever(const std::string& folder, int pipe, base::Random random) {
  auto journal = SqliteJournal::open(folder, {.log_bytes = 64 << 10});
  if (!journal) _exit(1);
  SqliteJournal& open = **journal;
  const Checkpointer checkpointer(open);
  for (;;) {
    const std::vector<ArchivedJob> jobs = {{"lab", open.last_sequence() + 1, "text"}};
    if (!open.append(rows_after(open.last(), 1 + random.below(20)), jobs)) _exit(2);
    const std::uint64_t sequence = open.last_sequence();
    if (::write(pipe, &sequence, sizeof sequence) != sizeof sequence) _exit(3);
    if (random.chance(1, 20)) {
      const Snapshot snapshot{sequence, open.last_chain(), std::string(50'000, 's')};
      if (!open.write_snapshot(snapshot)) _exit(4);
    }
  }
}

// Reads acknowledgements until `deadline`, then kills the child and reads what is left. The last.
std::uint64_t kill_after(pid_t child, int pipe, std::chrono::microseconds life) {
  std::uint64_t last = 0;
  std::uint64_t sequence = 0;
  const auto read_one = [&] {
    const ssize_t got = ::read(pipe, &sequence, sizeof sequence);
    if (got == sizeof sequence) last = sequence;
    return got == sizeof sequence;
  };
  // The life of a child begins with its first word, however slow the machine.
  EXPECT_TRUE(read_one()) << "the child could not append";
  const auto end = std::chrono::steady_clock::now() + life;
  while (std::chrono::steady_clock::now() < end) {
    pollfd ready{pipe, POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (::poll(&ready, 1, static_cast<int>(left.count())) > 0 && !read_one()) break;
  }
  EXPECT_EQ(::kill(child, SIGKILL), 0);
  while (read_one()) {
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
      << "the child ended by itself: " << WEXITSTATUS(status);
  return last;
}

TEST(Kill, takes_nothing_that_was_acknowledged) {
  base::Random random = testing::seeded_random();
  const TemporaryFolder folder;  // the same in all rounds: each goes on where the last was killed
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < rounds; ++round) {
    std::array<int, 2> ends = {};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const base::Random for_child = random.fork();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      append_for_ever(folder.path(), ends[1], for_child);
    }
    ::close(ends[1]);
    const std::chrono::microseconds life(random.below(60'000));
    acknowledged = kill_after(child, ends[0], life);
    ::close(ends[0]);

    auto journal = SqliteJournal::open(folder.path());
    ASSERT_TRUE(journal) << journal.error().text();
    EXPECT_GE((*journal)->last_sequence(), acknowledged) << "round " << round;
    const VerifyReport report = verify(**journal).value();
    EXPECT_TRUE(report.good()) << report.fault->text;
    const auto snapshot = (*journal)->latest_snapshot();
    EXPECT_TRUE(snapshot) << snapshot.error().text();
    EXPECT_TRUE(append_rows(**journal, 1));
  }
  auto journal = SqliteJournal::open(folder.path());
  ASSERT_TRUE(journal);
  EXPECT_EQ(all_rows(**journal), rows_after({}, (*journal)->last_sequence()));
  std::cout << (*journal)->last_sequence() << " steps over " << rounds << " kills\n";
}

}  // namespace
}  // namespace weir::journal
