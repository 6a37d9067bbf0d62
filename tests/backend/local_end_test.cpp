// How ranks are ended, and that nothing of them survives.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <sstream>
#include <string>

#include "tests/backend/support/lab.h"

namespace weir::backend::test {
namespace {

using End = RankOutcome::End;
using std::chrono::milliseconds;

// Shell text that starts a daemon as daemons do it: a session of its own, its parent gone, deaf to
// TERM, with a clean environment. Its pid is in the file `daemon`.
const std::string start_daemon =
    "(setsid sh -c '"
    "(env -i setsid sh -c \"cd /; trap : TERM HUP; echo \\$\\$ > $HOME/daemon; "
    "while :; do sleep 1000; done\" &)"
    "' > /dev/null 2>&1 &);"
    "while [ ! -s daemon ]; do sleep 0.01; done; ";

// The lines a program said, without what its shell remarks on children ended by a signal.
std::string said_without_remarks(Lab& lab, const RankKey& key) {
  std::istringstream log(lab.log(key, Stream::program));
  std::string said;
  for (std::string line; std::getline(log, line);) {
    if (line != "Terminated" && line != "User defined signal 1") said += line + "\n";
  }
  return said;
}

pid_t daemon_of(const Lab& lab, const RankKey& key) {
  return std::atoi(read_file(lab.work(key) + "/daemon").c_str());
}

TEST(LocalEnd, sends_the_notice_before_the_limit_and_kills_what_ignores_term) {
  Lab lab;
  RankOrder order = order_for(
      "trap 'echo noticed' USR1; trap 'echo ignored' TERM; echo ready;"
      "while :; do sleep 0.02; done");
  order.time_limit = milliseconds(600);
  order.notice_signal = SIGUSR1;
  order.notice_before = milliseconds(300);
  order.kill_grace = milliseconds(300);
  const auto outcome = lab.run(order);
  EXPECT_EQ(outcome.end, End::timed_out);
  EXPECT_EQ(outcome.signal, SIGKILL);
  EXPECT_EQ(outcome.message, "time limit of 0.6s reached");
  EXPECT_GE(outcome.usage.wall_us, 900'000);
  EXPECT_EQ(said_without_remarks(lab, order.key), "ready\nnoticed\nignored\n");
  const std::string said = lab.log(order.key, Stream::platform);
  EXPECT_NE(said.find("notice: SIGUSR1 sent"), std::string::npos) << said;
  EXPECT_NE(said.find("SIGTERM sent, SIGKILL in 0.3s"), std::string::npos) << said;
  EXPECT_NE(said.find("SIGKILL sent to what was left"), std::string::npos) << said;
  EXPECT_TRUE(lab.processes_of(order.key).empty());
}

TEST(LocalEnd, notices_the_program_and_not_the_shell_around_it) {
  Lab lab;
  RankOrder order = order_for(
      "true;\n"
      "sh -c 'trap \"echo saved; exit 9\" USR1; echo ready; while :; do sleep 0.02; done'\n"
      "echo the shell lived with $?\n");
  order.time_limit = std::chrono::seconds(60);
  order.notice_signal = SIGUSR1;
  order.notice_before = milliseconds(59'500);
  EXPECT_EQ(lab.run(order).end, End::exited);
  EXPECT_EQ(said_without_remarks(lab, order.key), "ready\nsaved\nthe shell lived with 9\n");
}

TEST(LocalEnd, counts_setup_into_the_time_limit) {
  Lab lab;
  RankOrder order = order_for("echo never");
  order.setup = "sleep 1000";
  order.time_limit = milliseconds(200);
  const auto outcome = lab.run(order);
  EXPECT_EQ(outcome.end, End::timed_out);
  EXPECT_EQ(outcome.stage, Stage::setup);
  EXPECT_EQ(lab.log(order.key, Stream::program), "");
}

TEST(LocalEnd, gives_a_stopped_program_time_to_save) {
  Lab lab;
  RankOrder order = order_for(
      "trap 'sleep 0.2; echo saved; exit 0' TERM; echo ready;"
      "while :; do sleep 0.02; done");
  ASSERT_TRUE(lab.backend().start(order));
  lab.await_log(order.key, Stream::program, "ready");
  ASSERT_TRUE(lab.backend().stop(order.key, "cancelled by ada"));
  ASSERT_TRUE(lab.backend().stop(order.key, "cancelled by somebody else"));
  const auto outcome = lab.await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.message, "cancelled by ada");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(said_without_remarks(lab, order.key), "ready\nsaved\n");
  ASSERT_TRUE(lab.backend().stop(order.key, "too late"));
}

// A program that may have to make room: it saves when it is told, and ends as `then` says.
RankOrder saves_on_notice(const std::string& then) {
  RankOrder order = order_for("trap 'echo saved; " + then +
                              "' USR1; echo ready;"
                              "while :; do sleep 0.02; done");
  order.notice_signal = SIGUSR1;
  order.notice_before = milliseconds(300);
  return order;
}

struct AfterNotice {
  RankOutcome outcome;
  std::string said;
  std::string remarks;
};

AfterNotice stop_after_notice(const RankOrder& order) {
  Lab lab;
  EXPECT_TRUE(lab.backend().start(order));
  lab.await_log(order.key, Stream::program, "ready");
  EXPECT_TRUE(lab.backend().stop(order.key, "made room", StopAfter::notice));
  AfterNotice after{lab.await_end(order.key), said_without_remarks(lab, order.key), ""};
  after.remarks = lab.log(order.key, Stream::platform);
  return after;
}

TEST(LocalEnd, gives_notice_before_a_stop_that_makes_room) {
  const AfterNotice after = stop_after_notice(saves_on_notice("true"));
  EXPECT_EQ(after.outcome.end, End::stopped);
  EXPECT_EQ(after.outcome.message, "made room");
  EXPECT_EQ(after.outcome.signal, SIGTERM);
  EXPECT_EQ(after.said, "ready\nsaved\n");
  EXPECT_GE(after.outcome.usage.wall_us, 300'000);
  EXPECT_NE(after.remarks.find("SIGUSR1 sent, 0.3s before it is stopped: made room"),
            std::string::npos)
      << after.remarks;
}

TEST(LocalEnd, takes_an_end_in_the_time_of_notice_for_the_stop_unless_all_is_done) {
  const AfterNotice more = stop_after_notice(saves_on_notice("exit 75"));
  EXPECT_EQ(more.outcome.end, End::stopped);
  EXPECT_EQ(more.outcome.exit_code, 75);
  EXPECT_EQ(more.outcome.message, "made room");
  const AfterNotice done = stop_after_notice(saves_on_notice("exit 0"));
  EXPECT_EQ(done.outcome.end, End::exited);
  EXPECT_EQ(done.outcome.exit_code, 0);
}

TEST(LocalEnd, stops_at_once_what_asked_for_no_notice) {
  RankOrder order = saves_on_notice("true");
  order.notice_signal = 0;
  const AfterNotice after = stop_after_notice(order);
  EXPECT_EQ(after.outcome.end, End::stopped);
  EXPECT_EQ(after.said, "ready\n");
}

TEST(LocalEnd, stops_a_daemon_that_left_session_parent_and_environment) {
  Lab lab;
  RankOrder order = order_for(start_daemon + "echo ready; sleep 1000");
  order.kill_grace = milliseconds(200);
  ASSERT_TRUE(lab.backend().start(order));
  lab.await_log(order.key, Stream::program, "ready");
  const pid_t daemon = daemon_of(lab, order.key);
  ASSERT_TRUE(is_alive(daemon));
  ASSERT_TRUE(lab.backend().stop(order.key, "cancelled"));
  EXPECT_EQ(lab.await_end(order.key).end, End::stopped);
  EXPECT_FALSE(is_alive(daemon));
  EXPECT_TRUE(lab.processes_of(order.key).empty());
}

TEST(LocalEnd, ends_what_a_program_left_behind_before_the_outcome_is_told) {
  Lab lab;
  RankOrder order = order_for(start_daemon + "exit 5");
  order.kill_grace = milliseconds(100);
  const auto outcome = lab.run(order);
  EXPECT_EQ(outcome.end, End::exited);
  EXPECT_EQ(outcome.exit_code, 5);
  const pid_t daemon = daemon_of(lab, order.key);
  ASSERT_GT(daemon, 0);
  EXPECT_FALSE(is_alive(daemon));
  EXPECT_NE(lab.log(order.key, Stream::platform).find("left processes behind"), std::string::npos);
}

TEST(LocalEnd, lets_what_setup_started_serve_the_program) {
  Lab lab;
  RankOrder order = order_for("kill -0 $(cat server) && echo served");
  order.setup = "sleep 1000 & echo $! > server";
  EXPECT_EQ(lab.run(order).exit_code, 0);
  EXPECT_EQ(lab.log(order.key, Stream::program), "served\n");
  EXPECT_FALSE(is_alive(std::atoi(read_file(lab.work(order.key) + "/server").c_str())));
}

TEST(LocalEnd, wakes_stopped_processes_to_end_them) {
  Lab lab;
  RankOrder order = order_for("echo ready; kill -STOP $$");
  ASSERT_TRUE(lab.backend().start(order));
  lab.await_log(order.key, Stream::program, "ready");
  ASSERT_TRUE(lab.backend().stop(order.key, "cancelled"));
  const auto outcome = lab.await_end(order.key);
  EXPECT_EQ(outcome.signal, SIGTERM);
  EXPECT_LT(outcome.usage.wall_us, 4'000'000);
}

TEST(LocalEnd, can_stop_a_rank_that_has_hardly_begun) {
  Lab lab;
  const RankOrder order = order_for("sleep 1000");
  ASSERT_TRUE(lab.backend().start(order));
  ASSERT_TRUE(lab.backend().stop(order.key, "changed my mind"));
  const auto outcome = lab.await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.message, "changed my mind");
  EXPECT_EQ(lab.backend().stop(order_for("", 99).key, "").error().code, base::ErrorCode::not_found);
}

TEST(LocalEnd, ends_a_whole_crowd_of_processes) {
  Lab lab;
  RankOrder order = order_for(
      "for i in 1 2 3 4 5 6 7 8 9 10; do (trap '' TERM; sh -c 'sleep 1000 & sleep 1000' & "
      "sleep 1000) & done; echo ready; wait");
  order.kill_grace = milliseconds(100);
  ASSERT_TRUE(lab.backend().start(order));
  lab.await_log(order.key, Stream::program, "ready");
  ASSERT_TRUE(eventually([&] { return lab.processes_of(order.key).size() >= 30; }));
  ASSERT_TRUE(lab.backend().stop(order.key, "cancelled"));
  EXPECT_EQ(lab.await_end(order.key).end, End::stopped);
  EXPECT_TRUE(lab.processes_of(order.key).empty());
}

TEST(LocalEnd, observes_a_killed_runner_as_vanished_and_leaves_no_process) {
  Lab lab;
  RankOrder order = order_for("(setsid sleep 1000 &); (sleep 1000 &); echo ready; sleep 1000");
  ASSERT_TRUE(lab.backend().start(order));
  lab.await_log(order.key, Stream::program, "ready");
  ASSERT_GE(lab.processes_of(order.key).size(), 4U);
  ::kill(static_cast<pid_t>(lab.await_running(order.key).pid), SIGKILL);
  const auto outcome = lab.await_end(order.key);
  EXPECT_EQ(outcome.end, End::vanished);
  EXPECT_GT(outcome.started_us, 0);
  EXPECT_NE(outcome.message.find("its runner is gone"), std::string::npos);
  EXPECT_TRUE(lab.processes_of(order.key).empty());
  lab.restart();
  EXPECT_EQ(lab.await_end(order.key), outcome);
}

}  // namespace
}  // namespace weir::backend::test
