#include "agent/core.h"

#include <gtest/gtest.h>

#include "tests/agent/support/script.h"

namespace weir::agent::test {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s
using End = backend::RankOutcome::End;

// ---- joining, and what is wanted

TEST(Core, joins_first_and_then_asks_for_the_whole) {
  Script script;
  EXPECT_EQ(script.settle(), "join");
  script.core.joined(3);
  EXPECT_EQ(script.settle_and_acknowledge(), "fetch, report 1:");
  EXPECT_EQ(script.reports.back().epoch, 3U);
}

TEST(Core, asks_to_join_again_where_no_answer_comes) {
  Script script;
  EXPECT_EQ(script.settle(), "join");
  EXPECT_EQ(script.settle(), "");
  script.passes(5s);
  EXPECT_EQ(script.settle(), "join");
}

TEST(Core, asks_for_the_whole_again_where_no_answer_comes) {
  Script script;
  (void)script.settle();
  script.core.joined(1);
  EXPECT_EQ(script.settle_and_acknowledge(), "fetch, report 1:");
  script.passes(5s);
  EXPECT_EQ(script.settle(), "fetch");
}

TEST(Core, takes_no_answer_to_an_older_join) {
  Script script;
  script.join({}, 1, 4);
  script.core.joined(3);
  EXPECT_EQ(script.core.epoch(), 4U);
  EXPECT_EQ(script.settle(), "");
}

TEST(Core, starts_what_is_wanted_and_reports_it) {
  Script script;
  script.join({run_wish(1)});
  EXPECT_EQ(script.settle(), "start 1_0.1.0");
  script.runs(rank(1));
  EXPECT_EQ(script.settle_and_acknowledge(), "report 2: 1_0.1 running");
  script.ends(rank(1), exited(0));
  EXPECT_EQ(script.settle_and_acknowledge(), "report 3: 1_0.1 ended");
  EXPECT_EQ(script.reports.back().attempts[0].outcome->ending, model::Ending::succeeded);
  script.change(1, 2, {forget_wish(1)});
  EXPECT_EQ(script.settle(), "forget 1_0.1.0");
  EXPECT_TRUE(script.core.attempts().empty());
}

TEST(Core, starts_nothing_before_the_whole_is_known) {
  Script script;
  (void)script.settle();
  script.core.joined(1);
  script.change(1, 2, {run_wish(1)});
  EXPECT_EQ(script.settle_and_acknowledge(), "fetch, report 1:");
  script.whole(2, {run_wish(1)});
  EXPECT_EQ(script.settle(), "start 1_0.1.0");
}

TEST(Core, applies_changes_that_came_while_the_whole_was_fetched) {
  Script script;
  (void)script.settle();
  script.core.joined(1);
  (void)script.settle_and_acknowledge();
  script.change(5, 6, {run_wish(2)});
  script.whole(5, {run_wish(1)});
  EXPECT_EQ(script.settle(), "start 1_0.1.0, start 2_0.1.0");
}

TEST(Core, ignores_a_change_of_another_epoch) {
  Script script;
  script.join({}, 1, 2);
  script.change(1, 2, {run_wish(1)}, 1);
  EXPECT_EQ(script.settle(), "");
}

TEST(Core, ignores_a_change_it_holds_already) {
  Script script;
  script.join({run_wish(1)}, 5);
  (void)script.settle();
  script.change(4, 5, {run_wish(2)});
  script.change(3, 4, {stop_wish(1)});
  EXPECT_EQ(script.settle(), "");
}

TEST(Core, asks_for_the_whole_where_a_change_does_not_follow_on_what_it_holds) {
  Script script;
  script.join({}, 1);
  script.change(3, 4, {run_wish(1)});
  EXPECT_EQ(script.settle(), "fetch");
  script.whole(4, {run_wish(1), run_wish(2)});
  EXPECT_EQ(script.settle(), "start 1_0.1.0, start 2_0.1.0");
}

TEST(Core, ignores_a_whole_that_is_older_than_what_it_holds) {
  Script script;
  script.join({}, 4);
  script.change(4, 5, {run_wish(1)});
  EXPECT_EQ(script.settle(), "start 1_0.1.0");
  script.whole(4, {});
  EXPECT_EQ(script.settle(), "");
}

TEST(Core, joins_again_where_the_whole_is_of_a_newer_epoch) {
  Script script;
  script.join({}, 1, 1);
  script.whole(9, {run_wish(1)}, 2);
  EXPECT_EQ(script.settle(), "join");
}

TEST(Core, forgets_what_the_control_plane_does_not_know_though_nothing_changed) {
  Script script;
  script.join({run_wish(1)}, 1);
  (void)script.settle();
  script.ends(rank(1), exited(0));
  EXPECT_EQ(script.settle_and_acknowledge(), "report 2: 1_0.1 ended");
  script.change(1, 1, {forget_wish(1)});
  EXPECT_EQ(script.settle(), "forget 1_0.1.0");
}

TEST(Core, takes_no_new_wish_from_a_change_that_changes_nothing) {
  Script script;
  script.join({}, 1);
  script.change(1, 1, {run_wish(1)});
  EXPECT_EQ(script.settle(), "");
}

TEST(Core, fetches_a_change_it_must_have_missed) {
  Script script;
  script.join({}, 1);
  script.passes(10s);
  EXPECT_EQ(script.settle_and_acknowledge(2), "report 2:");
  EXPECT_EQ(script.settle(), "");  // the change may still be under way
  script.passes(1s);
  EXPECT_EQ(script.settle(), "fetch");
}

TEST(Core, fetches_nothing_where_the_change_came_after_all) {
  Script script;
  script.join({}, 1);
  script.passes(10s);
  EXPECT_EQ(script.settle_and_acknowledge(2), "report 2:");
  EXPECT_EQ(script.settle(), "");
  script.change(1, 2, {});
  script.passes(1s);
  EXPECT_EQ(script.settle(), "");
}

// ---- stopping

TEST(Core, stops_what_is_not_wanted_any_more_and_says_why_it_ended) {
  Script script;
  script.join({run_wish(1)});
  (void)script.settle();
  script.runs(rank(1));
  (void)script.settle_and_acknowledge();
  script.change(1, 2, {stop_wish(1)});
  EXPECT_EQ(script.settle(), "stop 1_0.1.0");
  EXPECT_EQ(script.settle(), "");  // once
  script.ends(rank(1), ended(End::stopped));
  EXPECT_EQ(script.settle(), "report 3: 1_0.1 ended");
  const model::Outcome& outcome = *script.reports.back().attempts[0].outcome;
  EXPECT_EQ(outcome.ending, model::Ending::stopped);
  EXPECT_EQ(outcome.reason, model::Reason::cancelled_by_user);
}

TEST(Core, lets_what_makes_room_have_its_notice) {
  Script script;
  script.join({run_wish(1)});
  (void)script.settle();
  script.runs(rank(1));
  (void)script.settle_and_acknowledge();
  model::AttemptWish stop = stop_wish(1);
  stop.stop_reason = model::Reason::preempted;
  script.change(1, 2, {stop});
  EXPECT_EQ(script.settle(), "stop 1_0.1.0 after notice");
}

TEST(Core, reports_what_was_stopped_before_it_started_without_starting_it) {
  Script script;
  script.join({});
  script.change(1, 2, {stop_wish(1)});
  EXPECT_EQ(script.settle(), "report 2: 1_0.1 ended");
  EXPECT_EQ(script.reports.back().attempts[0].outcome->ending, model::Ending::stopped);
  EXPECT_FALSE(script.reports.back().attempts[0].started.has_value());
}

TEST(Core, never_goes_back_from_stop_to_run) {
  Script script;
  script.join({stop_wish(1)}, 2);
  EXPECT_EQ(script.settle(), "report 2: 1_0.1 ended");
  script.whole(3, {run_wish(1)});
  EXPECT_EQ(script.settle(), "");
}

// ---- gangs

TEST(Core, starts_all_ranks_of_a_gang_and_reports_it_running_when_all_run) {
  Script script;
  script.join({run_wish(1, 1, {0, 1})});
  EXPECT_EQ(script.settle(), "start 1_0.1.0, start 1_0.1.1");
  script.runs(rank(1, 0));
  EXPECT_EQ(script.settle(), "");
  script.runs(rank(1, 1));
  EXPECT_EQ(script.settle(), "report 2: 1_0.1 running");
}

TEST(Core, one_rank_that_fails_takes_its_gang_with_it) {
  Script script;
  script.join({run_wish(1, 1, {0, 1, 2})});
  (void)script.settle();
  for (std::uint32_t i = 0; i < 3; ++i) script.runs(rank(1, i));
  (void)script.settle_and_acknowledge();
  script.ends(rank(1, 1), exited(3));
  EXPECT_EQ(script.settle(), "stop 1_0.1.0, stop 1_0.1.2");
  script.ends(rank(1, 0), ended(End::stopped, 3'000'000));
  EXPECT_EQ(script.settle(), "");
  script.ends(rank(1, 2), ended(End::stopped, 3'000'000));
  EXPECT_EQ(script.settle(), "report 3: 1_0.1 ended");
  const model::Outcome& outcome = *script.reports.back().attempts[0].outcome;
  EXPECT_EQ(outcome.ending, model::Ending::failed);
  EXPECT_EQ(outcome.rank, 1U);
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.message, "rank 1: exit code 3");
}

TEST(Core, one_rank_that_cannot_start_takes_its_gang_with_it) {
  Script script;
  script.join({run_wish(1, 1, {0, 1})});
  EXPECT_EQ(script.settle(), "start 1_0.1.0, start 1_0.1.1");
  script.core.start_refused(rank(1, 1), {base::ErrorCode::input_output, "disk full", "", "", {}});
  EXPECT_EQ(script.settle(), "stop 1_0.1.0");
  script.ends(rank(1, 0), ended(End::stopped));
  EXPECT_EQ(script.settle(), "report 2: 1_0.1 ended");
  const model::Outcome& outcome = *script.reports.back().attempts[0].outcome;
  EXPECT_EQ(outcome.reason, model::Reason::start_failed);
  EXPECT_EQ(outcome.message, "rank 1: disk full");
}

TEST(Core, a_rank_that_was_forgotten_before_is_not_said_to_have_failed_to_start) {
  Script script;
  script.join({run_wish(1)});
  (void)script.settle();
  script.core.start_refused(rank(1), {base::ErrorCode::conflict, "forgotten", "", "", {}});
  EXPECT_EQ(script.settle(), "report 2: 1_0.1 ended");
  EXPECT_EQ(script.reports.back().attempts[0].outcome->reason, model::Reason::runner_vanished);
}

TEST(Core, an_agent_that_comes_up_in_the_middle_of_a_gang_starts_the_rest) {
  Script script;
  script.runs(rank(1, 0));
  script.join({run_wish(1, 1, {0, 1})});
  EXPECT_EQ(script.settle(), "start 1_0.1.1");
}

TEST(Core, an_agent_that_comes_up_after_a_rank_failed_starts_no_more_of_its_gang) {
  Script script;
  script.ends(rank(1, 0), exited(1));
  script.join({run_wish(1, 1, {0, 1})});
  EXPECT_EQ(script.settle(), "report 2: 1_0.1 ended");
}

TEST(Core, an_agent_that_comes_up_knows_the_ranks_that_never_began) {
  Script script;
  script.ends(rank(1, 0), exited(0));
  model::AttemptWish stop = stop_wish(1);
  stop.ranks = run_wish(1, 1, {0, 1}).ranks;
  script.join({stop});
  EXPECT_EQ(script.settle(), "report 2: 1_0.1 ended");
  EXPECT_EQ(script.reports.back().attempts[0].outcome->ending, model::Ending::stopped);
}

// ---- nothing runs twice, nothing runs beside what the control plane gave up

TEST(Core, a_later_attempt_waits_until_no_rank_of_the_earlier_one_is_alive) {
  Script script;
  script.join({run_wish(1, 1, {0, 1})}, 1);
  (void)script.settle();
  script.runs(rank(1, 0));
  script.runs(rank(1, 1));
  (void)script.settle_and_acknowledge();
  // The control plane took the first attempt for lost, and wants the second.
  script.change(1, 2, {forget_wish(1), run_wish(1, 2, {2})});
  EXPECT_EQ(script.settle(), "stop 1_0.1.0, stop 1_0.1.1");
  script.ends(rank(1, 0), ended(End::stopped));
  EXPECT_EQ(script.settle(), "");
  script.ends(rank(1, 1), ended(End::stopped));
  EXPECT_EQ(script.settle(), "forget 1_0.1.0, forget 1_0.1.1, start 1_0.2.0");
}

TEST(Core, other_work_waits_where_given_up_work_still_holds_its_node) {
  Script script;
  script.join({run_wish(5, 1, {0})}, 1);
  (void)script.settle();
  script.runs(rank(5));
  (void)script.settle_and_acknowledge();
  script.change(1, 2, {forget_wish(5), run_wish(2, 1, {0, 1}), run_wish(3, 1, {1})});
  EXPECT_EQ(script.settle(), "start 3_0.1.0, stop 5_0.1.0");
  script.ends(rank(5), ended(End::stopped));
  EXPECT_EQ(script.settle(), "forget 5_0.1.0, start 2_0.1.0, start 2_0.1.1");
}

TEST(Core, ends_and_forgets_what_it_finds_and_nobody_wants_before_it_starts_anything) {
  Script script;
  script.runs(rank(7));
  EXPECT_EQ(script.settle(), "join");  // what is wanted is not known yet
  script.join({run_wish(8)});
  EXPECT_EQ(script.settle(), "stop 7_0.1.0");
  script.ends(rank(7), ended(End::stopped));
  EXPECT_EQ(script.settle(), "forget 7_0.1.0, start 8_0.1.0");
}

// ---- reports

TEST(Core, an_end_is_told_again_until_it_may_be_forgotten) {
  Script script;
  script.join({run_wish(1)});
  (void)script.settle();
  script.ends(rank(1), exited(0));
  EXPECT_EQ(script.settle_and_acknowledge(), "report 2: 1_0.1 ended");
  EXPECT_EQ(script.settle_and_acknowledge(), "");
  script.passes(1s);
  EXPECT_EQ(script.settle_and_acknowledge(), "report 3: 1_0.1 ended");
  script.change(1, 2, {forget_wish(1)});
  EXPECT_EQ(script.settle_and_acknowledge(), "forget 1_0.1.0");
  script.passes(1s);
  EXPECT_EQ(script.settle_and_acknowledge(), "");
}

TEST(Core, a_report_without_an_answer_is_said_again) {
  Script script;
  script.join({run_wish(1)});
  (void)script.settle();
  script.runs(rank(1));
  EXPECT_EQ(script.settle(), "report 2: 1_0.1 running");
  script.passes(4s);
  EXPECT_EQ(script.settle(), "");
  script.passes(1s);
  EXPECT_EQ(script.settle(), "report 3: 1_0.1 running");
}

TEST(Core, what_happens_while_a_report_is_under_way_goes_into_one_next_report) {
  Script script;
  script.join({run_wish(1), run_wish(2), run_wish(3)});
  (void)script.settle();
  script.runs(rank(1));
  EXPECT_EQ(script.settle(), "report 2: 1_0.1 running");
  script.runs(rank(2));
  script.runs(rank(3));
  EXPECT_EQ(script.settle(), "");
  script.core.acknowledged(2, 1);
  EXPECT_EQ(script.settle(), "report 3: 2_0.1 running 3_0.1 running");
}

TEST(Core, a_report_has_a_largest_size) {
  Settings settings;
  settings.report_attempts_max = 2;
  Script script(settings);
  script.join({run_wish(1), run_wish(2), run_wish(3)});
  (void)script.settle();
  for (std::uint64_t job = 1; job <= 3; ++job) script.runs(rank(job));
  EXPECT_EQ(script.settle_and_acknowledge(), "report 2: 1_0.1 running 2_0.1 running");
  EXPECT_EQ(script.settle_and_acknowledge(), "report 3: 3_0.1 running");
}

TEST(Core, says_that_it_is_there_at_least_every_ten_seconds) {
  Script script;
  script.join();
  EXPECT_EQ(script.settle(), "");
  EXPECT_EQ(script.core.next_wake(), script.now + 10s);
  script.passes(10s);
  EXPECT_EQ(script.settle(), "report 2:");
}

TEST(Core, joins_again_where_its_epoch_is_over_and_then_tells_every_end_again) {
  Script script;
  script.join({run_wish(1)});
  (void)script.settle();
  script.ends(rank(1), exited(0));
  EXPECT_EQ(script.settle(), "report 2: 1_0.1 ended");
  script.core.refused(2);
  EXPECT_EQ(script.settle(), "join");
  script.core.joined(2);
  EXPECT_EQ(script.settle_and_acknowledge(), "fetch");
  script.whole(2, {run_wish(1)}, 2);
  EXPECT_EQ(script.settle(), "report 3: 1_0.1 ended");
  EXPECT_EQ(script.reports.back().epoch, 2U);
}

TEST(Core, a_refusal_of_a_report_from_before_it_joined_again_changes_nothing) {
  Script script;
  script.join({});
  script.passes(10s);
  EXPECT_EQ(script.settle(), "report 2:");
  script.core.joined(2);
  EXPECT_EQ(script.settle(), "fetch");
  script.core.refused(2);
  EXPECT_EQ(script.settle(), "");
}

TEST(Core, starts_nothing_while_its_epoch_is_over) {
  Script script;
  script.join({});
  script.passes(10s);
  EXPECT_EQ(script.settle(), "report 2:");
  script.core.refused(2);
  script.change(1, 2, {run_wish(1)});
  EXPECT_EQ(script.settle(), "join");
}

}  // namespace
}  // namespace weir::agent::test
