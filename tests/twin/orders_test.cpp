// The laws of the orders that others are held against, on made-up work whose lengths are known.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "twin/trial.h"

namespace weir::twin {
namespace {

Scenario made_up(const std::string& policy, int nodes, std::uint64_t seed) {
  auto scenario = parse_scenario(R"(
sites: [{name: north, pools: [{count: )" +
                                     std::to_string(nodes) + R"(, cpus: 8}]}]
policy: )" + policy + R"(
workload:
  synthetic:
    jobs: 120
    every: 6m
    mix:
      - {weight: 5, cpus: 8, run_time: 1m..2h}
      - {weight: 2, nodes: )" + std::to_string(std::min(nodes, 3)) +
                                     R"(, cpus: 8, run_time: 5m..3h}
    limit_percent: 100..100
)",
                                 "scenario.yaml");
  EXPECT_TRUE(scenario.has_value()) << scenario.error().text();
  scenario->seed = seed;
  return *std::move(scenario);
}

// Tells of each placement, with the state after it.
void watch(const Scenario& scenario,
           const std::function<void(base::Time, model::JobId, const engine::State&)>& placed) {
  TrialHooks hooks;
  hooks.step = [&](base::Time now, const model::Input&, const engine::Step& step,
                   const engine::Engine& engine) {
    for (const model::Fact& fact : step.facts) {
      const auto* const place = std::get_if<model::TaskPlaced>(&fact);
      if (place != nullptr) placed(now, place->attempt.job, engine.state());
    }
  };
  (void)run_trial(scenario, load_work(scenario)->jobs, hooks);
}

RC_GTEST_PROP(Orders, first_come_first_served_starts_in_the_order_of_submission,
              (std::uint64_t seed)) {
  const Scenario scenario = made_up("{order: arrival, backfill: none}", 4, seed);
  model::JobId last;
  watch(scenario, [&](base::Time, model::JobId job, const engine::State&) {
    RC_ASSERT(last < job);
    last = job;
  });
}

RC_GTEST_PROP(Orders, shortest_first_starts_no_job_while_a_shorter_waits, (std::uint64_t seed)) {
  const Scenario scenario = made_up("{order: shortest, backfill: none}", 1, seed);
  watch(scenario, [&](base::Time, model::JobId job, const engine::State& state) {
    for (const auto& [id, other] : state.jobs) {
      if (other.state == model::JobState::queued) {
        RC_ASSERT(*state.jobs.at(job).time_limit <= *other.time_limit);
      }
    }
  });
}

// Under both kinds of backfill nobody starts later than it was ever promised, where work keeps to
// what was said of it.
RC_GTEST_PROP(Orders, backfill_keeps_its_promises, (std::uint64_t seed)) {
  const std::string rule = *rc::gen::element<std::string>("easy", "conservative");
  const Scenario scenario = made_up("{order: arrival, backfill: " + rule + "}", 5, seed);
  std::map<model::JobId, base::Time> promised;
  TrialHooks hooks;
  hooks.step = [&](base::Time now, const model::Input&, const engine::Step& step,
                   const engine::Engine&) {
    for (const model::Fact& fact : step.facts) {
      if (const auto* const promise = std::get_if<model::JobPromised>(&fact)) {
        const auto [at, fresh] = promised.try_emplace(promise->job, promise->start);
        RC_ASSERT(promise->start <= at->second);
        at->second = promise->start;
      }
      const auto* const place = std::get_if<model::TaskPlaced>(&fact);
      if (place == nullptr || !promised.contains(place->attempt.job)) continue;
      RC_ASSERT(now <= promised.at(place->attempt.job));
    }
  };
  (void)run_trial(scenario, load_work(scenario)->jobs, hooks);
}

}  // namespace
}  // namespace weir::twin
