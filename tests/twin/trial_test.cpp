// Whole runs: the same twice, and no job lost whatever breaks.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "twin/trial.h"

namespace weir::twin {
namespace {

Scenario read(const std::string& yaml) {
  auto scenario = parse_scenario(yaml, "scenario.yaml");
  EXPECT_TRUE(scenario.has_value()) << scenario.error().text();
  return *std::move(scenario);
}

const char* const small = R"(
name: small
seed: 3
sites:
  - {name: north, pools: [{count: 8, cpus: 16, memory: 64GiB, devices: nvidia-a100:4}]}
  - {name: south, start_latency: 3s, pools: [{count: 4, cpus: 32}]}
workload:
  synthetic:
    jobs: 300
    every: 2m
    tenants: {ann: 3, ben: 1}
    mix:
      - {weight: 5, cpus: 4, run_time: 1m..1h}
      - {weight: 2, nodes: 4, cpus: 8, run_time: 10m..3h}
      - {weight: 3, cpus: 4, devices: nvidia-a100:2, run_time: 5m..2h}
    limit_percent: 100..400
)";

TEST(Trial, every_job_of_a_quiet_world_ends_well) {
  const Scenario scenario = read(small);
  const Figures figures = run_trial(scenario, load_work(scenario)->jobs);
  EXPECT_EQ(figures.jobs.submitted, 300);
  EXPECT_EQ(figures.jobs.by_state, (std::map<std::string, std::uint64_t>{{"succeeded", 300}}));
  EXPECT_EQ(figures.wait.count, 300);
}

RC_GTEST_PROP(Trial, same_seed_same_figures_and_no_job_lost, (std::uint64_t seed)) {
  Scenario scenario = read(small);
  scenario.seed = seed;
  scenario.workload.synthetic->jobs = 80;
  scenario.horizon = *rc::gen::elementOf(std::vector<std::optional<base::Duration>>{
      std::nullopt, std::chrono::hours(1), std::chrono::hours(3)});
  const FaultRate often{std::chrono::hours(6), std::chrono::minutes(7)};
  if (*rc::gen::arbitrary<bool>()) scenario.faults.sites = often;
  if (*rc::gen::arbitrary<bool>()) scenario.faults.nodes = often;
  if (*rc::gen::arbitrary<bool>()) scenario.faults.devices = often;
  scenario.faults.site_fault = *rc::gen::element(SiteFault::network, SiteFault::power);
  const Workload work = load_work(scenario)->jobs;
  const Figures figures = run_trial(scenario, work);
  RC_ASSERT(figures == run_trial(scenario, work));
  const JobCounts& jobs = figures.jobs;
  RC_ASSERT(jobs.submitted == jobs.ended + jobs.waiting + jobs.running);
  if (!scenario.horizon) {
    RC_ASSERT(jobs.submitted + jobs.refused == work.jobs.size());
    RC_ASSERT(jobs.waiting + jobs.running == 0U);
  }
}

}  // namespace
}  // namespace weir::twin
