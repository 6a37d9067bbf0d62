#include "agent/outcome.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/agent/support/script.h"

namespace weir::agent::test {
namespace {

using backend::RankOutcome;
using model::Ending;
using model::Reason;
using End = RankOutcome::End;

model::Outcome of(const RankOutcome& outcome, Reason stop_reason = Reason::none) {
  return rank_outcome(outcome, stop_reason);
}

TEST(RankOutcome, exit_code_zero_is_success) {
  const model::Outcome outcome = of(exited(0));
  EXPECT_EQ(outcome.ending, Ending::succeeded);
  EXPECT_EQ(outcome.reason, Reason::none);
  EXPECT_EQ(outcome.message, "");
}

TEST(RankOutcome, another_exit_code_is_the_programs_failure) {
  const model::Outcome outcome = of(exited(3));
  EXPECT_EQ(outcome.ending, Ending::failed);
  EXPECT_EQ(outcome.reason, Reason::program_failed);
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.message, "exit code 3");
}

TEST(RankOutcome, a_failure_in_setup_is_called_so) {
  RankOutcome setup = exited(4);
  setup.stage = backend::Stage::setup;
  EXPECT_EQ(of(setup).reason, Reason::setup_failed);
  EXPECT_EQ(of(setup).message, "setup ended with exit code 4");
}

TEST(RankOutcome, a_signal_is_told_by_number_and_name) {
  RankOutcome killed = ended(End::signalled);
  killed.signal = 9;
  EXPECT_EQ(of(killed).reason, Reason::program_signalled);
  EXPECT_EQ(of(killed).signal, 9);
  EXPECT_EQ(of(killed).message, "ended by signal 9 (KILL)");
}

TEST(RankOutcome, an_end_by_the_memory_limit_says_so) {
  RankOutcome killed = ended(End::signalled);
  killed.signal = 9;
  killed.out_of_memory = true;
  EXPECT_EQ(of(killed).reason, Reason::memory_limit);
}

TEST(RankOutcome, a_program_that_survived_the_memory_limit_of_a_child_has_succeeded) {
  RankOutcome survived = exited(0);
  survived.out_of_memory = true;
  EXPECT_EQ(of(survived).ending, Ending::succeeded);
}

TEST(RankOutcome, the_time_limit_is_an_ending_of_its_own) {
  EXPECT_EQ(of(ended(End::timed_out)).ending, Ending::timeout);
  EXPECT_EQ(of(ended(End::timed_out)).reason, Reason::time_limit);
}

TEST(RankOutcome, what_was_stopped_has_the_reason_of_the_wish) {
  const model::Outcome outcome = of(ended(End::stopped), Reason::cancelled_by_user);
  EXPECT_EQ(outcome.ending, Ending::stopped);
  EXPECT_EQ(outcome.reason, Reason::cancelled_by_user);
}

TEST(RankOutcome, what_was_stopped_without_a_wish_is_lost_and_may_run_again) {
  EXPECT_EQ(of(ended(End::stopped)).ending, Ending::lost);
}

TEST(RankOutcome, what_never_ran_and_what_vanished_keep_the_backends_words) {
  RankOutcome outcome = ended(End::start_failed);
  outcome.message = "no such shell";
  EXPECT_EQ(of(outcome).reason, Reason::start_failed);
  EXPECT_EQ(of(outcome).message, "no such shell");
  EXPECT_EQ(of(ended(End::vanished)).ending, Ending::lost);
  EXPECT_EQ(of(ended(End::vanished)).reason, Reason::runner_vanished);
}

TEST(GangOutcome, is_that_of_the_rank_that_failed_first) {
  const std::vector<RankOutcome> ranks{exited(0, 1'000), exited(7, 3'000), exited(5, 2'000),
                                       ended(End::stopped, 1'500)};
  std::vector<RankEnd> ends;
  for (std::uint32_t i = 0; i < ranks.size(); ++i) ends.push_back({i, &ranks[i]});
  const model::Outcome outcome = gang_outcome(ends, Reason::none);
  EXPECT_EQ(outcome.rank, 2U);
  EXPECT_EQ(outcome.exit_code, 5);
}

TEST(GangOutcome, a_failure_whose_time_nobody_saw_comes_last) {
  const std::vector<RankOutcome> ranks{ended(End::vanished, 0), exited(7, 3'000)};
  const std::vector<RankEnd> ends{{0, ranks.data()}, {1, &ranks[1]}};
  EXPECT_EQ(gang_outcome(ends, Reason::none).rank, 1U);
}

TEST(GangOutcome, is_stopped_where_a_rank_never_began) {
  const RankOutcome well = exited(0);
  const std::vector<RankEnd> ends{{0, &well}, {1, nullptr}};
  EXPECT_EQ(gang_outcome(ends, Reason::cancelled_by_user).ending, Ending::stopped);
}

TEST(GangOutcome, sums_cpu_time_and_keeps_the_largest_of_the_rest) {
  RankOutcome first = exited(0);
  first.usage = {5, 3, 100};
  RankOutcome second = exited(0);
  second.usage = {4, 4, std::nullopt};
  const std::vector<RankEnd> ends{{0, &first}, {1, &second}};
  EXPECT_EQ(gang_outcome(ends, Reason::none).usage, (model::Usage{5, 7, 100}));
}

}  // namespace
}  // namespace weir::agent::test
