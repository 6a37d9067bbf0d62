// Work that takes turns: the laws of each order, that nothing is lost by turns, and what they cost.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "twin/trial.h"

namespace weir::twin {
namespace {

Scenario read(const std::string& yaml) {
  auto scenario = parse_scenario(yaml, "scenario.yaml");
  EXPECT_TRUE(scenario.has_value()) << scenario.error().text();
  return *std::move(scenario);
}

std::string yaml_of(const std::string& turns, int devices, const std::string& more = "") {
  return R"(
seed: 5
sites: [{name: north, )" +
         more + R"(pools: [{count: )" + std::to_string(devices) + R"(, cpus: 8, devices: 'gpu:1'}]}]
policy: {rounds: {length: 5m, turns: )" +
         turns + R"(}}
workload:
  checkpoint_every: 5m
  synthetic:
    jobs: 40
    every: 4m
    mix: [{cpus: 1, devices: 'gpu:1', run_time: 1m..2h}]
    limit_percent: 100..100
)";
}

// How long each job's work is, by its number.
std::map<model::JobId, base::Duration> left_of(const engine::Engine& engine) {
  std::map<model::JobId, base::Duration> left;
  for (const auto& [id, job] : engine.state().jobs) {
    if (model::is_terminal(job.state)) continue;
    left[id] = *job.time_limit - base::Duration(job.done_micro);
  }
  return left;
}

bool begins_a_round(const engine::Step& step) {
  for (const model::Fact& fact : step.facts) {
    if (std::holds_alternative<model::RoundBegan>(fact)) return true;
  }
  return false;
}

RC_GTEST_PROP(Rounds, every_job_does_all_of_its_work, (std::uint64_t seed)) {
  const std::string turns =
      *rc::gen::element<std::string>("worth", "longest", "remaining", "service", "shares");
  const bool costly = *rc::gen::arbitrary<bool>();
  const auto percent = *rc::gen::element<std::uint32_t>(50, 100);
  Scenario scenario =
      read(yaml_of(turns, 3, costly ? "start_latency: 20s, stop_latency: 10s, " : ""));
  scenario.seed = seed;
  scenario.workload.checkpoint_percent = percent;
  const Workload work = load_work(scenario)->jobs;
  const Figures figures = run_trial(scenario, work);
  RC_ASSERT(figures.jobs.by_state.at("succeeded") == work.jobs.size());
  RC_ASSERT(figures == run_trial(scenario, work));
  // Turns take nothing away, and what they cost in starts and stops comes on top.
  double asked = 0;
  for (const TraceJob& job : work.jobs) asked += static_cast<double>(job.run_time.count()) / 3.6e9;
  RC_ASSERT(figures.resources.front().allocated_hours >= asked - 0.01);
}

// On one machine never a longer job before a shorter (shortest remaining time first).
TEST(Rounds, remaining_never_runs_a_longer_job_before_a_shorter) {
  const Scenario scenario = read(yaml_of("remaining", 1));
  int rounds = 0;
  TrialHooks hooks;
  hooks.step = [&](base::Time, const model::Input&, const engine::Step& step,
                   const engine::Engine& engine) {
    if (!begins_a_round(step)) return;
    const auto left = left_of(engine);
    for (const auto& [id, own] : left) {
      if (engine.state().jobs.at(id).running.empty()) continue;
      ++rounds;
      for (const auto& [other, time] : left) EXPECT_LE(own, time) << other.value;
    }
  };
  (void)run_trial(scenario, load_work(scenario)->jobs, hooks);
  EXPECT_GT(rounds, 40);
}

// Nobody who has had more device-time runs while somebody of a lower level waits (Tiresias).
TEST(Rounds, service_runs_the_lowest_level_first) {
  const Scenario scenario = read(yaml_of("service", 2));
  const auto level = [](const engine::JobRecord& job) {
    const std::int64_t seconds = job.done_micro / 1'000'000;
    return seconds >= 18'000 ? 3 : seconds >= 7'200 ? 2 : seconds >= 3'250 ? 1 : 0;
  };
  int compared = 0;
  TrialHooks hooks;
  hooks.step = [&](base::Time, const model::Input&, const engine::Step& step,
                   const engine::Engine& engine) {
    if (!begins_a_round(step)) return;
    for (const auto& [id, job] : engine.state().jobs) {
      if (job.running.empty()) continue;
      for (const auto& [other, waits] : engine.state().jobs) {
        if (model::is_terminal(waits.state) || !waits.running.empty()) continue;
        ++compared;
        EXPECT_LE(level(job), level(waits)) << id.value << " runs, " << other.value << " waits";
      }
    }
  };
  (void)run_trial(scenario, load_work(scenario)->jobs, hooks);
  EXPECT_GT(compared, 100);
}

// Two that share one device by equal shares have had nearly the same of it at any time.
TEST(Rounds, shares_are_kept) {
  Scenario scenario = read(yaml_of("shares, shares: max_min", 1));
  scenario.workload.synthetic->jobs = 2;
  Workload work = load_work(scenario)->jobs;
  for (TraceJob& job : work.jobs) {
    job.submit = {};
    job.run_time = std::chrono::hours(10);
    job.time_limit = job.run_time;
  }
  std::int64_t furthest = 0;
  TrialHooks hooks;
  hooks.step = [&](base::Time, const model::Input&, const engine::Step&,
                   const engine::Engine& engine) {
    if (engine.state().jobs.size() < 2) return;
    const auto& one = engine.state().jobs.at(model::JobId{1});
    const auto& two = engine.state().jobs.at(model::JobId{2});
    if (one.end || two.end) return;
    furthest = std::max(furthest, std::abs(one.done_micro - two.done_micro));
  };
  (void)run_trial(scenario, work, hooks);
  EXPECT_LE(furthest, 2 * 300'000'000);
}

// No device is idle while somebody waits who could run on it, also between rounds.
RC_GTEST_PROP(Rounds, worth_leaves_no_device_idle, (std::uint64_t seed)) {
  Scenario scenario = read(yaml_of("worth", 3));
  scenario.seed = seed;
  scenario.workload.checkpoint_percent = *rc::gen::element<std::uint32_t>(0, 30, 70, 100);
  TrialHooks hooks;
  hooks.step = [&](base::Time, const model::Input&, const engine::Step&,
                   const engine::Engine& engine) {
    if (engine.state().rounds.phase == engine::RoundPhase::planned) return;
    std::size_t running = 0;
    std::size_t all = 0;
    for (const auto& [id, job] : engine.state().jobs) {
      if (model::is_terminal(job.state)) continue;
      ++all;
      running += job.running.empty() ? 0 : 1;
    }
    RC_ASSERT(running == std::min<std::size_t>(all, 3));
  };
  (void)run_trial(scenario, load_work(scenario)->jobs, hooks);
}

// The first in turn of those who take no turns; none: nobody of them waits.
const engine::JobRecord* first_that_stays(const engine::Engine& engine) {
  const engine::Queues& queues = engine.index().queues();
  for (auto at = queues.next(nullptr, nullptr); at; at = queues.next(&at->position, nullptr)) {
    const engine::JobRecord& job = engine.state().jobs.at(at->position.job);
    if (!job.takes_turns) return &job;
  }
  return nullptr;
}

// Beside work that takes turns, other work keeps its place until it ends, is promised a start when
// it is the first of its own, whoever else stands before it, and starts no later than that.
RC_GTEST_PROP(Rounds, other_work_keeps_its_place_and_its_promise, (std::uint64_t seed)) {
  Scenario scenario = read(yaml_of("worth", 3));
  scenario.seed = seed;
  scenario.policy.backfill =
      *rc::gen::element(model::BackfillRule::easy, model::BackfillRule::conservative);
  scenario.workload.checkpoint_percent = 60;
  scenario.workload.synthetic->mix.push_back(scenario.workload.synthetic->mix.front());
  scenario.workload.synthetic->mix.back().nodes = 2;
  std::map<model::JobId, base::Time> promised;
  std::size_t turns = 0;
  TrialHooks hooks;
  hooks.step = [&](base::Time, const model::Input&, const engine::Step& step,
                   const engine::Engine& engine) {
    for (const model::Fact& fact : step.facts) {
      if (const auto* promise = std::get_if<model::JobPromised>(&fact)) {
        promised.try_emplace(promise->job, promise->start);
      }
    }
    const bool settled = engine.state().rounds.phase != engine::RoundPhase::planned;
    if (const engine::JobRecord* first = settled ? first_that_stays(engine) : nullptr) {
      RC_ASSERT(first->promise.has_value());
    }
    for (const auto& [id, job] : engine.state().jobs) {
      if (!job.end) continue;
      turns += job.turns;
      if (job.checkpoint_every) continue;
      RC_ASSERT(job.turns == 0U);
      RC_ASSERT(job.ended.size() == 1U);
      if (const auto at = promised.find(id); at != promised.end()) {
        RC_ASSERT(*job.first_start <= at->second);
      }
    }
  };
  (void)run_trial(scenario, load_work(scenario)->jobs, hooks);
  RC_CLASSIFY(turns > 0);
  RC_CLASSIFY(!promised.empty());
}

// A snapshot taken in the middle of rounds is the same state, and decides as the one that wrote it.
TEST(Rounds, a_state_that_was_read_back_goes_on_alike) {
  const Scenario scenario = read(yaml_of("shares, shares: max_min, pairs: true", 3));
  engine::Engine other;
  bool follows = false;
  int steps = 0;
  TrialHooks hooks;
  hooks.step = [&](base::Time now, const model::Input& input, const engine::Step& step,
                   const engine::Engine& engine) {
    if (follows) {
      const engine::Step again = other.step(input, now);
      ASSERT_EQ(again.facts.size(), step.facts.size());
      ASSERT_EQ(other.snapshot(), engine.snapshot());
    }
    if (++steps % 50 != 0) return;
    auto restored = engine::Engine::restore(engine.snapshot());
    ASSERT_TRUE(restored.has_value()) << restored.error().text();
    other = *std::move(restored);
    follows = true;
  };
  (void)run_trial(scenario, load_work(scenario)->jobs, hooks);
  EXPECT_TRUE(follows);
}

}  // namespace
}  // namespace weir::twin
