// Stops at every stage, and ends that come from elsewhere: a server, a watcher or a controller that
// is killed, an agent that is gone.
#include <csignal>
#include <filesystem>

#include "tests/backend/support/lab.h"
#include "tests/conformance/site.h"

namespace weir::backend::conformance {
namespace {

using End = RankOutcome::End;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_P(Conformance, a_stop_right_after_the_start_is_an_end) {
  const RankOrder order = order_for("sleep 60");
  start(order);
  ASSERT_TRUE(backend().stop(order.key, "changed my mind"));
  EXPECT_TRUE(backend().stop(order.key, "again")) << "a second stop changes nothing";
  const RankOutcome outcome = await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.message, "changed my mind");
}

TEST_P(Conformance, a_stop_of_what_waits_keeps_it_from_running) {
  const test::Folder outside;
  RankOrder wide = order_for("sleep 60");
  wide.cpu_count = site().cpus_of_node();
  start(wide);
  await_running(wide.key);
  RankOrder waits = order_for("touch " + (outside / "ran") + "; sleep 60");
  waits.cpu_count = site().cpus_of_node();
  start(waits);
  if (site().has_queue()) {
    let_pass(milliseconds(1500));
    EXPECT_EQ(seen(waits.key).state, RankObservation::State::starting);
  }
  ASSERT_TRUE(backend().stop(waits.key, "not needed"));
  EXPECT_EQ(await_end(waits.key).end, End::stopped);
  ASSERT_TRUE(backend().stop(wide.key, "done"));
  await_end(wide.key);
  let_pass(milliseconds(500));
  if (site().has_queue()) {
    EXPECT_FALSE(std::filesystem::exists(outside / "ran"));
  }
}

TEST_P(Conformance, a_stop_in_setup_ends_it_there) {
  RankOrder order = order_for("echo never");
  order.setup = "echo begun; sleep 60";
  start(order);
  await_log(order.key, Stream::setup, "begun");
  ASSERT_TRUE(backend().stop(order.key, "enough"));
  const RankOutcome outcome = await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.stage, Stage::setup);
  EXPECT_EQ(log(order.key), "");
}

TEST_P(Conformance, a_stop_gives_grace_and_the_program_may_use_it) {
  const RankOrder order =
      order_for("trap 'echo saved; exit 0' TERM; echo set; while :; do sleep 0.05; done");
  start(order);
  await_log(order.key, Stream::program, "set");
  ASSERT_TRUE(backend().stop(order.key, "make room"));
  const RankOutcome outcome = await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.message, "make room");
  EXPECT_NE(log(order.key).find("saved\n"), std::string::npos);
}

TEST_P(Conformance, what_ignores_the_stop_is_killed_after_its_grace) {
  RankOrder order = order_for("trap '' TERM; echo set; while :; do sleep 0.05; done");
  order.kill_grace = milliseconds(700);
  start(order);
  await_log(order.key, Stream::program, "set");
  const auto asked = std::chrono::steady_clock::now();
  ASSERT_TRUE(backend().stop(order.key, "make room"));
  ASSERT_TRUE(backend().stop(order.key, "in its grace"));
  const RankOutcome outcome = await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_GE(std::chrono::steady_clock::now() - asked, milliseconds(700));
}

TEST_P(Conformance, a_stop_after_notice_leaves_time_to_end_well) {
  RankOrder order =
      order_for("trap 'echo noticed; exit 0' USR1; echo set; while :; do sleep 0.05; done");
  order.notice_signal = SIGUSR1;
  order.notice_before = seconds(30);
  start(order);
  await_log(order.key, Stream::program, "set");
  ASSERT_TRUE(backend().stop(order.key, "others first", StopAfter::notice));
  const RankOutcome outcome = await_end(order.key);
  EXPECT_EQ(outcome.end, End::exited);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(log(order.key).find("noticed\n"), std::string::npos);
}

TEST_P(Conformance, a_stop_of_nobody_is_not_found) {
  const base::Status stopped = backend().stop({77, 0, 1, 0}, "who?");
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, base::ErrorCode::not_found);
}

TEST_P(Conformance, a_restarted_server_finds_what_runs_and_what_ended) {
  const RankOrder runs = order_for("echo up; while [ ! -e go ]; do sleep 0.02; done; exit 4");
  const RankOrder ends = order_for("exit 9");
  start(runs);
  EXPECT_EQ(run(ends).exit_code, 9);
  await_log(runs.key, Stream::program, "up");
  site().restart();
  EXPECT_EQ(await_end(ends.key).exit_code, 9);
  await_running(runs.key);
  test::write_file(backend().work_folder(runs.key).value_or("") + "/go", "");
  EXPECT_EQ(await_end(runs.key).exit_code, 4);
}

TEST_P(Conformance, a_server_restarted_amid_starts_loses_none_and_runs_none_twice) {
  const test::Folder outside;
  std::vector<RankOrder> orders;
  for (int i = 0; i < 8; ++i) {
    orders.push_back(order_for("echo $WEIR_JOB_ID >> " + (outside / "$WEIR_JOB_ID")));
  }
  for (const RankOrder& order : orders) start(order);
  let_pass(milliseconds(20));
  site().restart();
  // Whoever wants them says so again, as an agent does.
  for (const RankOrder& order : orders) start(order);
  for (const RankOrder& order : orders) {
    EXPECT_EQ(await_end(order.key).exit_code, 0);
    const std::string job = std::to_string(order.key.job);
    EXPECT_EQ(test::read_file(outside / job), job + "\n");
  }
}

TEST_P(Conformance, a_stop_of_an_earlier_servers_rank_works) {
  RankOrder order = order_for("trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done");
  start(order);
  await_log(order.key, Stream::program, "up");
  site().restart();
  ASSERT_TRUE(backend().stop(order.key, "by another"));
  const RankOutcome outcome = await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.message, "by another");
}

TEST_P(Conformance, a_watcher_killed_unseen_leaves_a_rank_that_vanished) {
  RankOrder order = order_for("echo up; sleep 60");
  order.kill_grace = milliseconds(500);
  start(order);
  await_log(order.key, Stream::program, "up");
  await_running(order.key);
  site().kill_watcher(order.key);
  EXPECT_EQ(await_end(order.key).end, End::vanished);
}

TEST_P(Conformance, a_controller_that_forgets_loses_no_rank) {
  const test::Folder outside;
  RankOrder wide = order_for("sleep 100");
  wide.cpu_count = site().cpus_of_node();
  start(wide);
  await_running(wide.key);
  let_pass(seconds(6));  // that one is saved by then
  std::vector<RankOrder> orders;
  for (int i = 0; i < 10; ++i) {
    orders.push_back(order_for("echo $WEIR_JOB_ID >> " + (outside / "$WEIR_JOB_ID")));
  }
  for (const RankOrder& order : orders) start(order);
  let_pass(milliseconds(250));  // acknowledged, most of them; nothing of it is saved
  site().kill_controller();
  let_pass(milliseconds(300));
  site().start_controller();
  ASSERT_TRUE(backend().stop(wide.key, "make room"));
  EXPECT_EQ(await_end(wide.key).end, End::stopped);
  for (const RankOrder& order : orders) {
    const RankOutcome outcome = await_end(order.key);
    EXPECT_EQ(outcome.end, End::exited) << outcome.message;
    const std::string job = std::to_string(order.key.job);
    EXPECT_EQ(test::read_file(outside / job), job + "\n") << "runs once, and only once";
  }
}

TEST_P(Conformance, a_controller_that_is_away_ends_nothing) {
  RankOrder order = order_for("echo up; while [ ! -e go ]; do sleep 0.02; done; exit 6");
  start(order);
  await_log(order.key, Stream::program, "up");
  await_running(order.key);
  let_pass(seconds(6));  // what the controller knows is saved by then
  site().kill_controller();
  let_pass(seconds(1));
  EXPECT_EQ(seen(order.key).state, RankObservation::State::running);
  RankOrder stopped = order_for("sleep 60");
  RankOrder late = order_for("exit 2");
  start(late);
  start(stopped);
  let_pass(milliseconds(200));
  ASSERT_TRUE(backend().stop(stopped.key, "never mind"));
  EXPECT_EQ(await_end(stopped.key).end, End::stopped) << "no controller is needed for that";
  test::write_file(backend().work_folder(order.key).value_or("") + "/go", "");
  if (site().ends_are_told_without_controller()) {
    EXPECT_EQ(await_end(order.key).exit_code, 6) << "its end is told by its record";
  }
  site().start_controller();
  EXPECT_EQ(await_end(order.key).exit_code, 6);
  EXPECT_EQ(await_end(late.key).exit_code, 2) << "what was wanted meanwhile runs now";
}

TEST_P(Conformance, work_ends_when_its_agent_is_gone) {
  ASSERT_TRUE(site().restart_with_fence(seconds(2)));
  RankOrder order = order_for("echo up; sleep 60");
  order.kill_grace = milliseconds(200);
  const RankOutcome outcome = run(order);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_NE(outcome.message.find("agent"), std::string::npos) << outcome.message;
  EXPECT_LT(outcome.usage.wall_us, 15'000'000);
}

}  // namespace
}  // namespace weir::backend::conformance
