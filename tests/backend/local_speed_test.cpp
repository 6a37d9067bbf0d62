// How many ranks that do nothing pass through, beside a bare loop of posix_spawn and wait.
//
// It prints a ratio and asserts only that all ran: the machine may be busy.
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <deque>

#include "tests/backend/support/lab.h"

namespace weir::backend::test {
namespace {

constexpr int at_once = 16;

int count_of_ranks() {
  const char* const wanted = std::getenv("WEIR_SPEED_RANKS");
  return wanted != nullptr ? std::atoi(wanted) : 200;
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST(LocalSpeed, is_printed_beside_a_bare_loop_of_spawn_and_wait) {
  const int count = count_of_ranks();
  Lab lab;
  int done = 0;
  const double ours = seconds_of([&] {
    int started = 0;
    while (done < count) {
      for (; started < count && started - done < at_once; ++started) {
        ASSERT_TRUE(
            lab.backend().start(order_for("true", static_cast<std::uint64_t>(started) + 1)));
      }
      pollfd news{lab.backend().ready_descriptor(), POLLIN, 0};
      ::poll(&news, 1, 10'000);
      for (const RankObservation& seen : lab.backend().changes()) {
        if (!seen.outcome) continue;
        ASSERT_EQ(seen.outcome->exit_code, 0) << seen.outcome->message;
        ASSERT_TRUE(lab.backend().forget(seen.key));
        ++done;
      }
    }
  });
  const double bare = seconds_of([&] {
    for (int i = 0; i < count; ++i) {
      char program[] = "/bin/true";
      char* arguments[] = {program, nullptr};
      pid_t pid = 0;
      ASSERT_EQ(::posix_spawn(&pid, program, nullptr, nullptr, arguments, environ), 0);
      ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
    }
  });
  EXPECT_EQ(done, count);
  std::printf("local ranks %.0f/s (start to forget, %d at once), bare loop %.0f/s, ratio %.2f\n",
              count / ours, at_once, count / bare, bare / ours);
}

}  // namespace
}  // namespace weir::backend::test
