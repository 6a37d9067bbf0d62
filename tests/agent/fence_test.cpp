// A site that is cut off ends what may run elsewhere by then.
#include <gtest/gtest.h>

#include "tests/agent/support/script.h"

namespace weir::agent::test {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s

Settings fenced() {
  Settings settings;
  settings.fence_after = 30s;
  return settings;
}

TEST(Fence, ends_what_runs_once_nobody_answers_for_so_long) {
  Script script(fenced());
  script.join({run_wish(1)});
  EXPECT_EQ(script.settle(), "start 1_0.1.0");
  script.runs(rank(1));
  EXPECT_EQ(script.settle_and_acknowledge(), "report 2: 1_0.1 running");
  script.passes(29s);
  EXPECT_EQ(script.settle(), "report 3:");
  script.passes(2s);
  EXPECT_EQ(script.settle(), "stop 1_0.1.0");
  EXPECT_EQ(script.settle(), "");
  auto stopped = ended(backend::RankOutcome::End::stopped);
  script.ends(rank(1), stopped);
  script.passes(5s);
  (void)script.settle();
  const model::Outcome& outcome = script.reports.back().attempts.at(0).outcome.value();
  EXPECT_EQ(outcome.ending, model::Ending::lost);
  EXPECT_EQ(outcome.reason, model::Reason::site_lost);
}

TEST(Fence, counts_from_when_it_asked_and_not_from_when_the_answer_came) {
  Script script(fenced());
  script.join({run_wish(1)});
  EXPECT_EQ(script.settle(), "start 1_0.1.0");
  script.runs(rank(1));
  EXPECT_EQ(script.settle(), "report 2: 1_0.1 running");
  script.passes(4s);
  script.core.acknowledged(2, 1);
  script.passes(26s);
  const std::string followed = script.settle();
  EXPECT_NE(followed.find("stop 1_0.1.0"), std::string::npos) << followed;
}

TEST(Fence, starts_nothing_until_it_is_heard_again) {
  Script script(fenced());
  script.join();
  (void)script.settle_and_acknowledge();
  script.passes(31s);
  (void)script.settle();
  script.change(1, 2, {run_wish(1)});
  EXPECT_EQ(script.settle(), "");
  script.core.acknowledged(script.reports.back().sequence, 2);
  EXPECT_EQ(script.settle(), "start 1_0.1.0");
}

TEST(Fence, is_off_where_the_control_plane_lives_and_dies_with_the_agent) {
  Script script;
  script.join({run_wish(1)});
  EXPECT_EQ(script.settle(), "start 1_0.1.0");
  script.runs(rank(1));
  (void)script.settle();
  script.passes(24h);
  EXPECT_EQ(script.settle().find("stop"), std::string::npos);
}

TEST(Fence, wakes_the_agent_in_time) {
  Script script(fenced());
  script.join({run_wish(1)});
  (void)script.settle_and_acknowledge();
  const base::Time heard = script.now;
  EXPECT_LE(script.core.next_wake(), heard + 30s);
}

}  // namespace
}  // namespace weir::agent::test
