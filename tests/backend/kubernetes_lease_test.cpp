// The lease that a cluster ends work by once its agent is gone.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <thread>

#include "backend/kubernetes/lease.h"
#include "backend/kubernetes/names.h"
#include "tests/backend/support/kubernetes_site.h"

namespace weir::backend::test {
namespace {

using End = RankOutcome::End;
using std::chrono::milliseconds;
using std::chrono::seconds;

kubernetes_stand_in::StandInOptions of_a_version_that_keeps_leases() {
  kubernetes_stand_in::StandInOptions options;
  options.minor = 31;
  return options;
}

void renew_for(KubernetesSite& site, milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
    EXPECT_TRUE(site.backend().renew_lease());
    std::this_thread::sleep_for(milliseconds(50));
  }
}

TEST(KubernetesLease, is_read_and_put_off_by_the_clock_of_its_cluster) {
  using namespace kubernetes;
  EXPECT_FALSE(parse_object_name("lab", lease_name("lab"))) << "it is nobody's rank";
  const LeaseView lives = view_of_lease(boost::json::parse(
      R"({"metadata":{"uid":"u"},"status":{"startTime":"2026-01-01T00:00:10Z"}})"));
  EXPECT_EQ(lives.uid, "u");
  EXPECT_FALSE(lives.is_over);
  EXPECT_EQ(deadline_for(lives, lives.started_us + 100'000'000, milliseconds(4100)), 105);
  EXPECT_EQ(deadline_for(lives, lives.started_us - 5'000'000, seconds(4)), 4) << "clocks differ";
  EXPECT_EQ(deadline_for({}, 0, milliseconds(10)), 1) << "none is allowed that is no time at all";
  for (
      const char* const over :
      {R"({"metadata":{"uid":"u","deletionTimestamp":"2026-01-01T00:00:10Z"}})",
       R"({"metadata":{"uid":"u"},"status":{"conditions":[{"type":"Failed","status":"True"}]}})"}) {
    EXPECT_TRUE(view_of_lease(boost::json::parse(over)).is_over) << over;
  }
  EXPECT_EQ(view_of_lease(boost::json::parse("[]")).uid, "");
}

TEST(KubernetesLease, keeps_work_as_long_as_it_is_renewed_by_whichever_server) {
  KubernetesSite site(of_a_version_that_keeps_leases());
  site.options.fence_after = seconds(3);
  site.restart();
  const RankOrder order = order_for("echo up; sleep 6; echo whole");
  ASSERT_TRUE(site.backend().start(order));
  site.await_running(order.key);
  renew_for(site, milliseconds(2500));
  site.restart();
  renew_for(site, milliseconds(4500));
  const RankOutcome outcome = site.await_end(order.key);
  EXPECT_EQ(outcome.end, End::exited) << outcome.message;
  EXPECT_NE(site.log(order.key, Stream::program).find("whole"), std::string::npos);
}

TEST(KubernetesLease, outlives_a_cluster_that_was_away_for_longer) {
  KubernetesSite site(of_a_version_that_keeps_leases());
  site.options.fence_after = seconds(4);
  site.restart();
  const RankOrder order = order_for("echo up; sleep 5");
  ASSERT_TRUE(site.backend().start(order));
  site.await_running(order.key);
  site.cluster().go_away();
  renew_for(site, milliseconds(1500));
  site.cluster().come_back();
  renew_for(site, milliseconds(3500));
  EXPECT_EQ(site.await_end(order.key).end, End::exited);
}

TEST(KubernetesLease, begins_anew_once_the_control_plane_is_heard_again) {
  KubernetesSite site(of_a_version_that_keeps_leases());
  site.options.fence_after = seconds(2);
  site.restart();
  RankOrder lost = order_for("echo up; sleep 60");
  lost.kill_grace = milliseconds(200);
  EXPECT_EQ(site.run(lost).end, End::stopped);
  EXPECT_TRUE(eventually([&] { return site.cluster().objects("batch", "jobs").empty(); }));
  // A cluster counts in whole seconds, and may have ended it a little before its time.
  std::this_thread::sleep_for(seconds(1));
  const RankOrder next = order_for("echo again", 2);
  ASSERT_TRUE(site.backend().start(next));
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_TRUE(site.cluster().objects("batch", "jobs").empty()) << "nothing begins without a lease";
  renew_for(site, milliseconds(500));
  EXPECT_EQ(site.await_end(next.key).end, End::exited);
}

}  // namespace
}  // namespace weir::backend::test
