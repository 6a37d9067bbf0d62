// A rank's key and record as text.
#include "backend/local/record.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "backend/local/runner/order_form.h"
#include "backend/local/runner/record_form.h"

namespace weir::backend::local {
namespace {

TEST(RankKey, is_written_as_job_task_attempt_and_rank) {
  EXPECT_EQ(to_text(RankKey{42, 7, 1, 0}), "42_7.1.0");
}

RC_GTEST_PROP(RankKey, reads_what_it_writes, ()) {
  const RankKey key{*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint32_t>(),
                    *rc::gen::arbitrary<std::uint32_t>(), *rc::gen::arbitrary<std::uint32_t>()};
  RC_ASSERT(parse_rank_key(to_text(key)).value() == key);
}

TEST(RankKey, is_read_in_no_other_form) {
  for (const char* text : {"", "42", "42_7", "42_7.1", "42_7.1.", "42_7.1.0 ", " 42_7.1.0",
                           "042_7.1.0", "42_-7.1.0", "42_+7.1.0", "42_7.1.0.stop", "42_7.1.00",
                           "42_4294967296.1.0", "18446744073709551616_0.0.0", "../42_7.1.0"}) {
    EXPECT_FALSE(parse_rank_key(text)) << text;
  }
}

RankOutcome arbitrary_outcome() {
  RankOutcome outcome;
  outcome.end = static_cast<RankOutcome::End>(*rc::gen::inRange(0, 6));
  outcome.stage = static_cast<Stage>(*rc::gen::inRange(0, 2));
  outcome.exit_code = *rc::gen::inRange(0, 256);
  outcome.signal = *rc::gen::inRange(0, 65);
  outcome.out_of_memory = *rc::gen::arbitrary<bool>();
  outcome.started_us = *rc::gen::nonNegative<std::int64_t>();
  outcome.ended_us = *rc::gen::nonNegative<std::int64_t>();
  outcome.usage.wall_us = *rc::gen::nonNegative<std::int64_t>();
  outcome.usage.cpu_us = *rc::gen::nonNegative<std::int64_t>();
  if (*rc::gen::arbitrary<bool>()) {
    outcome.usage.peak_memory_bytes = *rc::gen::nonNegative<std::int64_t>();
  }
  outcome.message = *rc::gen::string<std::string>();
  return outcome;
}

RC_GTEST_PROP(Record, reads_the_outcome_it_was_given, ()) {
  RankOutcome outcome = arbitrary_outcome();
  const std::string text = claim_line(7, 8, Stage::setup, std::nullopt) + ended_line(outcome);
  for (char& c : outcome.message) c = c == '\n' || c == '\0' ? ' ' : c;
  const auto record = parse_record(text);
  RC_ASSERT(record.has_value());
  RC_ASSERT(record->outcome == outcome);
  RC_ASSERT(record->runner_pid == 7);
}

RC_GTEST_PROP(Record, counts_only_whole_lines, ()) {
  const std::string first = claim_line(7, 8, Stage::program, 4096);
  const std::string text = first + ended_line(arbitrary_outcome());
  const auto cut = *rc::gen::inRange(first.size(), text.size());
  const auto record = parse_record(std::string_view(text).substr(0, cut));
  RC_ASSERT(record.has_value());
  RC_ASSERT(!record->outcome.has_value());
  RC_ASSERT(record->memory_bytes == 4096);
}

TEST(Record, with_a_line_no_runner_writes_is_refused) {
  const std::string claim = "claim 7 8 setup -\n";
  for (const std::string& text :
       {std::string("claim 7 8 setup\n"), std::string("claim 7 x setup -\n"),
        std::string("claim 7 8 setup - more\n"), std::string("stage program\n"), claim + claim,
        claim + "stage lunch\n", claim + "\n", claim + "ended well\n",
        claim + "ended exited program 0 0 0 1 2 3 - 5 \n",
        claim + "ended exited program 0 0 0 1 2 3 4 - \nstage program\n", std::string("claim 7")}) {
    EXPECT_FALSE(parse_record(text)) << text;
  }
}

TEST(RunnerOrder, arrives_as_it_was_sent) {
  RunnerOrder sent;
  sent.record_path = "/a/b";
  sent.run = std::string(100'000, 'x');
  sent.cpus = {0, 5, 63};
  sent.notice_signal = 10;
  sent.log_bytes_max = 1 << 20;
  RunnerOrder got;
  ASSERT_TRUE(decode(encode(sent), got));
  EXPECT_EQ(encode(got), encode(sent));
  EXPECT_EQ(got.cpus, sent.cpus);
  const std::string bytes = encode(sent);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, bytes.size() / 2, bytes.size() - 1}) {
    EXPECT_FALSE(decode(std::string_view(bytes).substr(0, size), got));
  }
  EXPECT_FALSE(decode(bytes + "x", got));
}

}  // namespace
}  // namespace weir::backend::local
