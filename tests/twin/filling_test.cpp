// Work that fills a cluster, users that give up, and what they say of the length of their jobs.
#include "twin/filling.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "twin/trial.h"

namespace weir::twin {
namespace {

Workload any_trace(base::Random& random) {
  Workload trace;
  for (std::uint64_t i = 0, jobs = 1 + random.below(30); i < jobs; ++i) {
    TraceJob& job = trace.jobs.emplace_back();
    job.number = i;
    job.cpus_milli = static_cast<std::uint32_t>(500 * (1 + random.below(4)));
    job.devices_milli = static_cast<std::uint32_t>(500 * random.below(5));
    job.memory_bytes = 1 << 20;
  }
  trace.jobs.front().devices_milli = 1000;
  return trace;
}

RC_GTEST_PROP(Filling, asks_for_as_much_as_it_should_and_hardly_less, (std::uint64_t seed)) {
  base::Random random{seed};
  const Workload trace = any_trace(random);
  const std::int64_t wanted = random.between(1000, 200'000);
  const Workload full = filled(trace, wanted, random.fork());
  std::int64_t asked = 0;
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < full.jobs.size(); ++i) {
    asked += full.jobs[i].devices_milli;
    RC_ASSERT(full.jobs[i].submit == std::chrono::seconds(i));
    RC_ASSERT(!full.jobs[i].run_time_known);
  }
  for (const TraceJob& job : trace.jobs) largest = std::max(largest, job.devices_milli);
  RC_ASSERT(asked <= wanted);
  if (!full.jobs.empty()) RC_ASSERT(asked + largest > wanted);
}

RC_GTEST_PROP(Filling, usual_rows_are_all_jobs_once_the_frequent_first, (std::uint64_t seed)) {
  base::Random random{seed};
  const Workload trace = any_trace(random);
  std::int64_t ranks = 0;
  std::int64_t before = INT64_MAX;
  for (const UsualRow& row : usual_rows(trace)) {
    RC_ASSERT(row.ranks <= before);
    RC_ASSERT(row.job.memory_bytes == 0);
    before = row.ranks;
    ranks += row.ranks;
  }
  RC_ASSERT(ranks == static_cast<std::int64_t>(trace.jobs.size()));
}

Scenario read(const std::string& yaml) {
  auto scenario = parse_scenario(yaml, "scenario.yaml");
  EXPECT_TRUE(scenario.has_value()) << scenario.error().text();
  return *std::move(scenario);
}

TEST(Patience, who_has_not_started_in_time_is_cancelled_and_nobody_else) {
  const Scenario scenario = read(
      "{sites: [{name: one, pools: [{count: 1, cpus: 1}]}],\n"
      " workload: {patience: 90m, synthetic: {jobs: 4, every: 1s, mix: [{cpus: 1, "
      "run_time: 1h..1h}], limit_percent: 100..100}}}");
  const Figures figures = run_trial(scenario, load_work(scenario)->jobs);
  // The first runs at once, the second after an hour; by then the others have given up or do so.
  EXPECT_EQ(figures.jobs.by_state,
            (std::map<std::string, std::uint64_t>{{"cancelled", 2}, {"succeeded", 2}}));
}

TEST(Estimates, noisy_ones_are_off_by_three_at_most_and_exact_ones_not_at_all) {
  const std::string folder = testing::TempDir();
  const std::string file = folder + "/estimates_gaia.csv";
  {
    std::FILE* const out = std::fopen(file.c_str(), "w");
    ASSERT_NE(out, nullptr);
    std::fputs("arrival_time,length,cpus\n0,2,1\n1,3,1\n2,5,2\n", out);
    std::fclose(out);
  }
  for (const char* const estimates : {"exact", "noisy"}) {
    const Scenario scenario = read(
        "{sites: [{name: one, pools: [{count: 4, cpus: 4}]}], workload: {trace: {file: " + file +
        ", estimates: " + estimates + "}}}");
    const auto work = load_work(scenario);
    ASSERT_TRUE(work.has_value()) << work.error().text();
    ASSERT_EQ(work->jobs.jobs.size(), 3U);
    for (const TraceJob& job : work->jobs.jobs) {
      ASSERT_TRUE(job.time_limit.has_value());
      const double factor =
          static_cast<double>(job.time_limit->count()) / static_cast<double>(job.run_time.count());
      if (estimates == std::string("exact")) {
        EXPECT_EQ(factor, 1.0);
      }
      EXPECT_GE(factor, 0.333);
      EXPECT_LE(factor, 3.001);
    }
  }
}

}  // namespace
}  // namespace weir::twin
