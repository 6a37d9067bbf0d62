// How ranks in pods are ended.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

#include "tests/backend/support/kubernetes_site.h"

namespace weir::backend::test {
namespace {

using End = RankOutcome::End;
using std::chrono::milliseconds;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(KubernetesEnd, keeps_the_time_limit_gives_notice_before_it_and_kills_what_ignores_it) {
  KubernetesSite site;
  RankOrder order = order_for(
      "trap 'echo noticed' USR1; trap 'echo ignored' TERM; echo ready; while :; do sleep 0.02; "
      "done");
  order.time_limit = milliseconds(800);
  order.notice_signal = SIGUSR1;
  order.notice_before = milliseconds(400);
  order.kill_grace = milliseconds(300);
  const RankOutcome outcome = site.run(order);
  EXPECT_EQ(outcome.end, End::timed_out);
  EXPECT_EQ(outcome.signal, SIGKILL);
  EXPECT_EQ(outcome.message, "time limit of 0.800s reached");
  const std::string said = site.log(order.key, Stream::program);
  EXPECT_TRUE(has(said, "ready\n") && has(said, "noticed\n") && has(said, "ignored\n")) << said;
  const std::string remarks = site.log(order.key, Stream::platform);
  EXPECT_TRUE(has(remarks, "notice: SIGUSR1 sent")) << remarks;
  EXPECT_TRUE(has(remarks, "SIGKILL sent to what was left")) << remarks;
}

TEST(KubernetesEnd, gives_a_stopped_program_time_to_save_and_keeps_its_last_words) {
  KubernetesSite site;
  const RankOrder order = order_for(
      "trap 'sleep 0.2; echo saved; exit 0' TERM; echo ready; while :; do sleep 0.02; done");
  ASSERT_TRUE(site.backend().start(order));
  site.await_log(order.key, Stream::program, "ready");
  ASSERT_TRUE(site.backend().stop(order.key, "cancelled by ada"));
  ASSERT_TRUE(site.backend().stop(order.key, "cancelled by somebody else"));
  const RankOutcome outcome = site.await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.message, "cancelled by ada");
  EXPECT_TRUE(has(site.log(order.key, Stream::program), "saved\n"));
  EXPECT_TRUE(site.backend().stop(order.key, "too late"));
}

TEST(KubernetesEnd, kills_a_stopped_program_after_its_grace) {
  KubernetesSite site;
  RankOrder order = order_for("trap : TERM; echo ready; while :; do sleep 0.02; done");
  order.kill_grace = milliseconds(200);
  ASSERT_TRUE(site.backend().start(order));
  site.await_log(order.key, Stream::program, "ready");
  ASSERT_TRUE(site.backend().stop(order.key, "cancelled"));
  const RankOutcome outcome = site.await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.signal, SIGKILL);
}

RankOutcome stop_with_notice(const std::string& then, std::string& said) {
  KubernetesSite site;
  RankOrder order =
      order_for("trap 'echo saved; " + then + "' USR1; echo ready; while :; do sleep 0.02; done");
  order.notice_signal = SIGUSR1;
  order.notice_before = std::chrono::seconds(3);
  EXPECT_TRUE(site.backend().start(order));
  site.await_log(order.key, Stream::program, "ready");
  EXPECT_TRUE(site.backend().stop(order.key, "made room", StopAfter::notice));
  const RankOutcome outcome = site.await_end(order.key);
  said = site.log(order.key, Stream::program);
  return outcome;
}

TEST(KubernetesEnd, gives_notice_before_a_stop_that_makes_room) {
  std::string said;
  const RankOutcome outcome = stop_with_notice("true", said);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.message, "made room");
  EXPECT_TRUE(has(said, "saved\n"));
}

TEST(KubernetesEnd, takes_an_end_in_the_time_of_notice_for_the_stop_unless_all_is_done) {
  std::string said;
  EXPECT_EQ(stop_with_notice("exit 75", said).end, End::stopped);
  EXPECT_EQ(stop_with_notice("exit 0", said).end, End::exited);
}

TEST(KubernetesEnd, stops_what_was_never_created) {
  KubernetesSite site;
  site.cluster().go_away();
  const RankOrder order = order_for("echo never");
  ASSERT_TRUE(site.backend().start(order));
  ASSERT_TRUE(site.backend().stop(order.key, "cancelled"));
  site.cluster().come_back();
  EXPECT_EQ(site.await_end(order.key).end, End::stopped);
  EXPECT_TRUE(site.cluster().objects("batch", "jobs").empty());
}

TEST(KubernetesEnd, stops_during_setup) {
  KubernetesSite site;
  RankOrder order = order_for("echo never");
  order.setup = "echo ready; sleep 100";
  ASSERT_TRUE(site.backend().start(order));
  site.await_log(order.key, Stream::setup, "ready");
  ASSERT_TRUE(site.backend().stop(order.key, "cancelled"));
  const RankOutcome outcome = site.await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.stage, Stage::setup);
  EXPECT_EQ(site.log(order.key, Stream::program), "");
}

TEST(KubernetesEnd, forgets_what_ended_keeps_its_logs_and_never_runs_it_again) {
  KubernetesSite site;
  const RankOrder order = order_for("echo once");
  ASSERT_TRUE(site.backend().start(order));
  site.await_running(order.key);
  site.await_end(order.key);
  ASSERT_TRUE(site.backend().forget(order.key));
  EXPECT_TRUE(eventually([&] {
    return site.cluster().objects("batch", "jobs").empty() &&
           site.cluster().objects("", "pods").empty();
  }));
  EXPECT_TRUE(site.backend().observe().empty());
  EXPECT_EQ(site.log(order.key, Stream::program), "once\n");
  const auto again = site.backend().start(order);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::ErrorCode::conflict);
  site.restart();
  EXPECT_FALSE(site.backend().start(order));
  EXPECT_TRUE(site.backend().observe().empty());
  EXPECT_TRUE(site.backend().forget(order.key));
}

TEST(KubernetesEnd, does_not_forget_what_runs) {
  KubernetesSite site;
  const RankOrder order = order_for("sleep 100");
  ASSERT_TRUE(site.backend().start(order));
  site.await_running(order.key);
  const auto forgotten = site.backend().forget(order.key);
  ASSERT_FALSE(forgotten);
  EXPECT_EQ(forgotten.error().code, base::ErrorCode::conflict);
  ASSERT_TRUE(site.backend().stop(order.key, "over"));
  site.await_end(order.key);
}

}  // namespace
}  // namespace weir::backend::test
