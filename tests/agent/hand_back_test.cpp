// What a site took and does not begin, or its owner does not have there, goes back.
#include <gtest/gtest.h>

#include "tests/agent/support/script.h"

namespace weir::agent::test {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s

Settings patient() {
  Settings settings;
  settings.begin_within = 10min;
  return settings;
}

TEST(HandBack, what_has_not_begun_in_time_is_stopped_and_told_as_handed_back) {
  Script script(patient());
  script.join({run_wish(1)});
  EXPECT_EQ(script.settle(), "start 1_0.1.0");
  script.passes(9min);
  EXPECT_EQ(script.settle().find("stop"), std::string::npos);
  script.passes(2min);
  EXPECT_NE(script.settle().find("stop 1_0.1.0"), std::string::npos);
  script.ends(rank(1), ended(backend::RankOutcome::End::stopped));
  script.passes(6s);
  (void)script.settle();
  const model::Outcome& outcome = script.reports.back().attempts.at(0).outcome.value();
  EXPECT_EQ(outcome.ending, model::Ending::lost);
  EXPECT_EQ(outcome.reason, model::Reason::not_begun_in_time);
}

TEST(HandBack, what_runs_is_left_alone) {
  Script script(patient());
  script.join({run_wish(1)});
  EXPECT_EQ(script.settle(), "start 1_0.1.0");
  script.runs(rank(1));
  script.passes(5h);
  EXPECT_EQ(script.settle().find("stop"), std::string::npos);
}

TEST(HandBack, wakes_the_agent_in_time) {
  Script script(patient());
  script.join({run_wish(1)});
  (void)script.settle_and_acknowledge();
  EXPECT_LE(script.core.next_wake(), script.now + 10min);
}

TEST(HandBack, what_the_owner_refuses_is_told_as_his_word) {
  Script script;
  script.join({run_wish(1)});
  EXPECT_EQ(script.settle(), "start 1_0.1.0");
  script.core.refused_here(attempt_key(rank(1)), "its owner does not let tenant lab in", false);
  script.core.start_refused(rank(1), {base::ErrorCode::refused, "no", "", "", {}});
  (void)script.settle();
  const model::Outcome& outcome = script.reports.back().attempts.at(0).outcome.value();
  EXPECT_EQ(outcome.reason, model::Reason::refused_by_site);
  EXPECT_EQ(outcome.message, "its owner does not let tenant lab in");
}

TEST(HandBack, what_he_refuses_for_now_may_come_again) {
  Script script;
  script.join({run_wish(1)});
  EXPECT_EQ(script.settle(), "start 1_0.1.0");
  script.core.refused_here(attempt_key(rank(1)), "nothing begins at this hour", true);
  script.core.start_refused(rank(1), {base::ErrorCode::refused, "no", "", "", {}});
  (void)script.settle();
  const model::Outcome& outcome = script.reports.back().attempts.at(0).outcome.value();
  EXPECT_EQ(outcome.reason, model::Reason::not_begun_in_time);
}

}  // namespace
}  // namespace weir::agent::test
