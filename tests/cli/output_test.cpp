#include "cli/output.h"

#include <gtest/gtest.h>

#include "cli/client.h"
#include "cli/exit_codes.h"

namespace weir::cli {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 3min, 2h

constexpr base::Time noon = base::time_from_us(1'700'000'000'000'000);

TEST(Table, is_as_wide_as_its_widest_cells) {
  Table table({"JOB", "NAME", "STATE"});
  table.add({"7", "train", "running"});
  table.add({"1042_3", "größe", ""}, Colour::red);
  table.add({"8"});
  EXPECT_EQ(table.text(0),
            "JOB     NAME   STATE\n"
            "7       train  running\n"
            "1042_3  größe  -\n"
            "8       -      -\n");
}

TEST(Table, is_cut_at_the_edge_between_letters) {
  Table table({"NAME", "MESSAGE"});
  table.add({"a", "übergrößenträger"});
  EXPECT_EQ(table.text(12),
            "NAME  MESSA…\n"
            "a     überg…\n");
  EXPECT_EQ(table.text(22),
            "NAME  MESSAGE\n"
            "a     übergrößenträger\n");
}

TEST(Table, lets_no_cell_steer_the_terminal) {
  Table table({"NAME"});
  table.add({"a\x1b[31mb\nc\td\x7f"});
  EXPECT_EQ(table.text(0), "NAME\na [31mb c d \n");
}

TEST(Relative, says_how_far_a_time_is) {
  EXPECT_EQ(relative(std::nullopt, noon), "");
  EXPECT_EQ(relative(noon, noon), "now");
  EXPECT_EQ(relative(noon + 999ms, noon), "now");
  EXPECT_EQ(relative(noon + 3min, noon), "in 3m");
  EXPECT_EQ(relative(noon - 90s, noon), "1m30s ago");
  EXPECT_EQ(relative(noon - 1500ms, noon), "1s ago");
  EXPECT_EQ(relative(noon - 2h - 5min - 7s, noon), "2h5m ago");
  EXPECT_EQ(relative(noon + 49h, noon), "in 2d1h");
}

TEST(Span, is_the_time_between_two_times) {
  EXPECT_EQ(span(std::nullopt, noon), "-");
  EXPECT_EQ(span(noon, std::nullopt), "-");
  EXPECT_EQ(span(noon, noon + 72s), "1m12s");
  EXPECT_EQ(span(noon, noon + 1h + 59s), "1h");
  EXPECT_EQ(span(noon, noon - 5s), span(noon, noon)) << "clocks that disagree give nothing below 0";
}

TEST(ExitCode, is_the_jobs_own_or_weirs_word) {
  using model::JobState;
  using model::Reason;
  const auto code = [](JobState state, Reason reason = Reason::none, std::int32_t exit_code = 0,
                       std::int32_t signal = 0) {
    model::JobSummary job;
    job.state = state;
    job.reason = reason;
    job.exit_code = exit_code;
    job.signal = signal;
    return exit_code_of(job);
  };
  EXPECT_EQ(code(JobState::succeeded), 0);
  EXPECT_EQ(code(JobState::failed, Reason::none, 7), 7);
  EXPECT_EQ(code(JobState::failed, Reason::none, 0, 9), 137);
  EXPECT_EQ(code(JobState::failed), 1) << "what failed never looks like success";
  EXPECT_EQ(code(JobState::failed, Reason::start_failed, 7), 100);
  EXPECT_EQ(code(JobState::failed, Reason::setup_failed, 7), 100);
  EXPECT_EQ(code(JobState::queued), 101);
  EXPECT_EQ(code(JobState::running), 101);
  EXPECT_EQ(code(JobState::cancelled, Reason::none, 0, 15), 103);
  EXPECT_EQ(code(JobState::timeout), 104);
  EXPECT_EQ(code(JobState::lost), 105);
  EXPECT_EQ(code(JobState::rejected), 106);
}

TEST(Complaint, tells_the_error_and_ends_with_its_code) {
  testing::internal::CaptureStderr();
  const int code =
      complain({base::ErrorCode::not_found, "there is no job 7", "", "see `weir ls`", {}});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "weir: there is no job 7; see `weir ls`\n");
  EXPECT_EQ(code, exit_no_such_thing);
  testing::internal::CaptureStderr();
  EXPECT_EQ(complain({base::ErrorCode::invalid, "x", "", "", {}}), exit_usage);
  EXPECT_EQ(complain({base::ErrorCode::refused, "x", "", "", {}}), exit_refused);
  EXPECT_EQ(complain({base::ErrorCode::unavailable, "x", "", "", {}}), exit_error);
  testing::internal::GetCapturedStderr();
}

TEST(Escape, leaves_only_letters_that_mean_nothing) {
  EXPECT_EQ(escape("job-1_2.x"), "job-1_2.x");
  EXPECT_EQ(escape("a b/c?d&e=f#g%"), "a%20b%2Fc%3Fd%26e%3Df%23g%25");
  EXPECT_EQ(escape("é"), "%C3%A9");
  EXPECT_EQ(escape(std::string_view("\0\n", 2)), "%00%0A");
}

TEST(IdempotencyKey, is_another_one_each_time) {
  const std::string key = fresh_idempotency_key();
  EXPECT_EQ(key.size(), 32U);
  EXPECT_NE(key, fresh_idempotency_key());
}

}  // namespace
}  // namespace weir::cli
