#include "schedule/estimate.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <iostream>
#include <map>
#include <queue>

#include "base/wire.h"
#include "tests/schedule/support/recorded.h"

namespace weir::schedule::test {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s
using base::Duration;

model::RunHistory history_of(const std::vector<model::PastRun>& runs) {
  model::RunHistory history;
  for (const model::PastRun& run : runs) remember(history, run);
  return history;
}

TEST(Estimate, of_someone_unknown_is_his_limit) {
  EXPECT_EQ(expected_run({}, {2h, 1}), 2h);
  EXPECT_EQ(expected_run({}, {std::nullopt, 1}), std::nullopt);
}

TEST(Estimate, is_the_part_of_the_limit_that_was_used_before) {
  const auto history = history_of({{15min, 1h, 1}, {15min, 1h, 1}, {15min, 1h, 1}});
  EXPECT_EQ(expected_run(history, {2h, 9}), 30min);
}

TEST(Estimate, goes_more_by_runs_like_this_one) {
  const auto history =
      history_of({{6min, 1h, 7}, {6min, 1h, 7}, {50min, 100min, 1}, {50min, 100min, 1}});
  EXPECT_EQ(expected_run(history, {1h, 7}, {1, 2}), 6min);
  EXPECT_EQ(expected_run(history, {100min, 1}, {1, 2}), 50min);
}

TEST(Estimate, is_not_moved_by_one_run_that_failed_at_once) {
  const auto history = history_of({{30min, 1h, 1}, {30min, 1h, 1}, {30min, 1h, 1}, {0s, 1h, 1}});
  EXPECT_EQ(expected_run(history, {1h, 1}), 30min);
}

TEST(Estimate, is_never_above_the_limit_nor_nothing) {
  EXPECT_EQ(expected_run(history_of({{2h, 1h, 1}}), {1h, 1}), 1h);
  EXPECT_EQ(expected_run(history_of({{0s, 1h, 1}}), {1h, 1}), 1us);
  EXPECT_EQ(expected_run(history_of({{1h, 1h, 1}}), {Duration::max(), 1}), Duration::max());
  EXPECT_EQ(expected_run(history_of({{Duration::max(), 1us, 1}}), {1h, 1}), 1h);
}

TEST(Estimate, without_a_limit_is_how_long_it_ran_before) {
  const auto history = history_of({{10min, {}, 1}, {10min, 1h, 1}, {3h, {}, 2}});
  EXPECT_EQ(expected_run(history, {{}, 1}), 10min);
}

TEST(Estimate, keeps_the_last_sixteen_runs) {
  model::RunHistory history;
  for (int i = 0; i < 100; ++i) remember(history, {i * 1s, 1h, 0});
  ASSERT_EQ(history.runs.size(), 16U);
  EXPECT_EQ(history.runs.front().ran, 84s);
  EXPECT_EQ(history.runs.back().ran, 99s);
}

TEST(Estimate, grows_when_a_job_outlives_it_up_to_its_limit) {
  EXPECT_EQ(expected_after(1h, 30min, 3h), 1h);
  EXPECT_EQ(expected_after(1h, 1h, 3h), 61min);
  EXPECT_EQ(expected_after(1h, 61min, 3h), 66min);
  EXPECT_EQ(expected_after(1h, 100min, 3h), 111min);
  EXPECT_EQ(expected_after(1h, 150min, 3h), 171min);
  EXPECT_EQ(expected_after(1h, 171min, 3h), 3h);
  EXPECT_EQ(expected_after(1h, 4h, 3h), 3h);
  EXPECT_GT(expected_after(1h, 500h, std::nullopt), 500h);
}

TEST(Estimate, history_survives_being_written_and_read) {
  const auto history = history_of({{15min, 1h, 1}, {3s, {}, 42}});
  EXPECT_EQ(base::from_wire<model::RunHistory>(base::to_wire(history)), history);
}

// ---- real machines

struct Job {
  Duration submit{0};
  Duration wait{0};
  Duration ran{0};
  std::uint64_t processors = 0;
  std::optional<Duration> limit;
  int user = -1;
};

// The Standard Workload Format: 18 numbers a job, -1 for unknown, remarks after ';'.
std::vector<Job> jobs_of(const std::filesystem::path& path) {
  std::vector<Job> jobs;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(';')) continue;
    std::istringstream fields(line);
    std::vector<double> field;
    for (double value = 0; fields >> value;) field.push_back(value);
    if (field.size() < 18 || field[3] < 0) continue;
    const auto seconds = [&](std::size_t i) {
      return Duration(static_cast<std::int64_t>(field[i]) * 1s);
    };
    Job& job = jobs.emplace_back();
    job.submit = seconds(1);
    job.wait = std::max(Duration{0}, seconds(2));
    job.ran = seconds(3);
    job.processors = static_cast<std::uint64_t>(field[4]);
    if (field[8] > 0) job.limit = seconds(8);
    job.user = static_cast<int>(field[11]);
  }
  std::stable_sort(jobs.begin(), jobs.end(),
                   [](const Job& a, const Job& b) { return a.submit < b.submit; });
  return jobs;
}

struct Quality {
  double error_s = 0;   // mean of |estimate − run|
  double exceeded = 0;  // share of jobs that ran longer than estimated
  std::size_t jobs = 0;
};

using Estimator = std::function<std::optional<Duration>(const Job&)>;
using Learner = std::function<void(const Job&)>;

// Estimates each job at its submission, knowing the jobs that had ended by then and no others.
Quality quality_of(const std::vector<Job>& jobs, const Estimator& estimate, const Learner& learn) {
  using End = std::pair<Duration, std::size_t>;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends;
  Quality quality;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Job& job = jobs[i];
    for (; !ends.empty() && ends.top().first <= job.submit; ends.pop()) {
      learn(jobs[ends.top().second]);
    }
    ends.emplace(job.submit + job.wait + job.ran, i);
    const auto expected = estimate(job);
    if (!expected) continue;
    const Duration ran = job.limit ? std::min(job.ran, *job.limit) : job.ran;
    quality.error_s += static_cast<double>(std::chrono::abs(*expected - ran).count()) / 1e6;
    quality.exceeded += *expected < ran ? 1 : 0;
    ++quality.jobs;
  }
  quality.error_s /= static_cast<double>(quality.jobs);
  quality.exceeded /= static_cast<double>(quality.jobs);
  return quality;
}

void print(const std::string& name, const Quality& quality) {
  std::cout << name << ": mean error " << quality.error_s << " s, exceeded by "
            << 100 * quality.exceeded << "% of " << quality.jobs << " jobs\n";
}

Quality quality_of_ours(const std::vector<Job>& jobs, Quantile quantile) {
  std::map<int, model::RunHistory> histories;
  return quality_of(
      jobs,
      [&](const Job& job) {
        return expected_run(histories[job.user], {job.limit, job.processors}, quantile);
      },
      [&](const Job& job) { remember(histories[job.user], {job.ran, job.limit, job.processors}); });
}

// The average of the last two runs of the user, and no more than his limit.
Quality quality_of_two_runs(const std::vector<Job>& jobs) {
  std::map<int, std::deque<Duration>> runs;
  return quality_of(
      jobs,
      [&](const Job& job) -> std::optional<Duration> {
        const auto& last = runs[job.user];
        if (last.size() < 2) return job.limit;
        const Duration average = (last[0] + last[1]) / 2;
        return job.limit ? std::min(average, *job.limit) : average;
      },
      [&](const Job& job) {
        auto& last = runs[job.user];
        last.push_back(job.ran);
        if (last.size() > 2) last.pop_front();
      });
}

TEST(Estimate, errs_less_than_the_limits_of_a_years_users_and_than_their_last_two_runs) {
  const auto path = recorded("swf/kth_sp2.swf");
  WEIR_NEEDS_RECORDED(path);
  const std::vector<Job> jobs = jobs_of(path);
  ASSERT_EQ(jobs.size(), 28'476U);
  const Quality limits =
      quality_of(jobs, [](const Job& job) { return job.limit; }, [](const Job&) {});
  const Quality two_runs = quality_of_two_runs(jobs);
  const Quality ours = quality_of_ours(jobs, {});
  const Quality careful = quality_of_ours(jobs, {9, 10});
  print("KTH-SP2, users' limits", limits);
  print("KTH-SP2, last two runs", two_runs);
  print("KTH-SP2, two thirds   ", ours);
  print("KTH-SP2, nine tenths  ", careful);
  EXPECT_LT(ours.error_s, 0.8 * limits.error_s);
  EXPECT_LT(ours.error_s, 0.8 * two_runs.error_s);
  EXPECT_LT(ours.exceeded, two_runs.exceeded);
  EXPECT_LT(careful.error_s, limits.error_s);
  EXPECT_LT(careful.exceeded, 0.2);
}

TEST(Estimate, errs_less_than_the_last_two_runs_where_nobody_gives_a_limit) {
  const auto path = recorded("swf/NASA-iPSC-1993-3.swf");
  WEIR_NEEDS_RECORDED(path);
  const std::vector<Job> jobs = jobs_of(path);
  const Quality two_runs = quality_of_two_runs(jobs);
  const Quality ours = quality_of_ours(jobs, {1, 2});
  print("NASA-iPSC, last two runs", two_runs);
  print("NASA-iPSC, half         ", ours);
  EXPECT_LT(ours.error_s, two_runs.error_s);
}

}  // namespace
}  // namespace weir::schedule::test
