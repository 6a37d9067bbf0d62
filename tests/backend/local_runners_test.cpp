// One runner serves many ranks, one after the other, and no rank notices.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "backend/local/runner/order_form.h"
#include "tests/backend/support/lab.h"

namespace weir::backend::test {
namespace {

class LocalRunners : public ::testing::Test {
 protected:
  // A rank that runs until its folder holds "go", and the process that watches over it.
  pid_t begin(RankOrder& order) {
    order.run = "until test -e go; do sleep 0.01; done; " + order.run;
    EXPECT_TRUE(lab.backend().start(order));
    return static_cast<pid_t>(lab.await_running(order.key).pid);
  }
  RankOutcome finish(const RankOrder& order) {
    write_file(lab.work(order.key) + "/go", "");
    RankOutcome outcome = lab.await_end(order.key);
    EXPECT_TRUE(lab.backend().forget(order.key));
    return outcome;
  }
  pid_t run_one(RankOrder order) {
    const pid_t runner = begin(order);
    finish(order);
    return runner;
  }
  Lab lab;
};

TEST_F(LocalRunners, serve_one_rank_after_the_other) {
  const pid_t first = run_one(order_for("true", 1));
  EXPECT_EQ(run_one(order_for("exit 3", 2)), first);
  EXPECT_EQ(run_one(order_for("kill -KILL $$", 3)), first);
  RankOrder with_setup = order_for("true", 4);
  with_setup.setup = "exit 1";
  ASSERT_TRUE(lab.backend().start(with_setup));
  lab.await_end(with_setup.key);
  EXPECT_EQ(run_one(order_for("true", 5)), first);
}

TEST_F(LocalRunners, serve_one_rank_at_a_time) {
  RankOrder one = order_for("true", 1);
  RankOrder other = order_for("true", 2);
  EXPECT_NE(begin(one), begin(other));
  EXPECT_EQ(finish(one).exit_code, 0);
  EXPECT_EQ(finish(other).exit_code, 0);
}

TEST_F(LocalRunners, carry_nothing_from_one_rank_to_the_next) {
  RankOrder greedy =
      order_for("umask 0; ulimit -n 20; head -c 90M /dev/zero | tail -c 90M | wc -c");
  greedy.secrets["SECRET"] = "open sesame";
  greedy.cpus = {0};
  greedy.memory_bytes = std::int64_t{1} << 30;
  greedy.time_limit = std::chrono::seconds(20);
  const pid_t first = begin(greedy);
  EXPECT_GT(finish(greedy).usage.peak_memory_bytes.value_or(0), 80 << 20);

  const std::string what =
      "env | sort | cut -d= -f1; nproc; ulimit -n; ulimit -d; umask; ls -A; "
      "ls /proc/self/fd | wc -l";
  RankOrder second = order_for(what, 2);
  EXPECT_EQ(begin(second), first);
  const RankOutcome outcome = finish(second);
  EXPECT_LT(outcome.usage.peak_memory_bytes.value_or(0), 40 << 20);
  Lab fresh;
  RankOrder alone = order_for(second.run, 2);
  ASSERT_TRUE(fresh.backend().start(alone));
  fresh.await_running(alone.key);
  write_file(fresh.work(alone.key) + "/go", "");
  fresh.await_end(alone.key);
  EXPECT_EQ(lab.log(second.key, Stream::program), fresh.log(alone.key, Stream::program));
  EXPECT_NE(fresh.log(alone.key, Stream::program), "");
  EXPECT_EQ(lab.log(second.key, Stream::platform), "");
}

TEST_F(LocalRunners, forget_an_order_when_its_rank_is_over) {
  RankOrder order = order_for("true");
  const pid_t runner = begin(order);
  const std::string held =
      "/proc/" + std::to_string(runner) + "/fd/" + std::to_string(local::order_descriptor);
  EXPECT_NE(read_file(held).find("go; do sleep"), std::string::npos);
  finish(order);
  EXPECT_EQ(std::filesystem::read_symlink(held), "/dev/null");
  EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(runner) + "/cwd"), "/");
}

TEST_F(LocalRunners, that_were_told_to_stop_serve_no_other_rank) {
  RankOrder stopped = order_for("true", 1);
  const pid_t first = begin(stopped);
  ASSERT_TRUE(lab.backend().stop(stopped.key, "enough"));
  EXPECT_EQ(lab.await_end(stopped.key).end, RankOutcome::End::stopped);
  EXPECT_NE(run_one(order_for("true", 2)), first);
  EXPECT_TRUE(eventually([&] {
    static_cast<void>(lab.backend().changes());  // buries those that left
    return ::kill(first, 0) != 0;
  }));
}

TEST_F(LocalRunners, that_die_while_they_are_free_are_not_missed) {
  const pid_t first = run_one(order_for("true", 1));
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  EXPECT_EQ(lab.run(order_for("exit 7", 2)).exit_code, 7);
  EXPECT_TRUE(eventually([&] {
    static_cast<void>(lab.backend().changes());
    return ::kill(first, 0) != 0;
  }));
}

TEST_F(LocalRunners, leave_when_their_server_is_gone) {
  RankOrder order = order_for("true", 1);
  const pid_t busy = begin(order);
  const pid_t free = run_one(order_for("true", 2));
  lab.restart();
  EXPECT_TRUE(eventually([&] { return !is_alive(free); }));
  EXPECT_TRUE(is_alive(busy));
  EXPECT_EQ(finish(order).exit_code, 0);
  EXPECT_TRUE(eventually([&] { return !is_alive(busy); }));
}

}  // namespace
}  // namespace weir::backend::test
