// How long work is expected to run: from the state alone, and never longer than it may.
#include "engine/expectations.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/engine/support/made_up.h"

namespace weir::engine::test {
namespace {

using namespace model;
using std::chrono::minutes;

RC_GTEST_PROP(Expectations, a_state_that_was_read_back_expects_the_same, (std::uint64_t seed)) {
  base::Random random{seed};
  Engine engine;
  base::Time now = base::time_from_us(1'000'000'000);
  for (int i = 0; i < 120; ++i) {
    now += base::Duration(random.below(3'000'000));
    (void)engine.step(made_up_input(random, engine), now);
  }
  const Engine restored = *Engine::restore(engine.snapshot());
  const Expectations live(engine, RunTimes::expected);
  const Expectations read_back(restored, RunTimes::expected);
  for (const auto& [id, job] : engine.state().jobs) {
    const auto expected = live.of(job);
    RC_ASSERT(expected == read_back.of(restored.state().jobs.at(id)));
    if (job.time_limit) RC_ASSERT(expected && *expected <= *job.time_limit);
    for (const RunningAttempt& run : job.running) {
      const base::Time end = live.end_of(job, run, now);
      if (const auto latest = run.end()) RC_ASSERT(end <= std::max(*latest, now));
      RC_ASSERT(Expectations(engine, RunTimes::limits).end_of(job, run, now) ==
                run.end().value_or(base::Time::max()));
    }
  }
}

TEST(Expectations, who_used_half_of_the_limit_is_expected_to_do_so_again) {
  Engine engine;
  base::Time now = base::time_from_us(1'000'000'000);
  const Principal ann{"lab", "ann", Role::user};
  JoinSite join{"here", {Node{}}};
  join.nodes[0].name = "node";
  join.nodes[0].cpus = 4;
  (void)engine.step(join, now);
  const auto submit = [&](const Principal& by, base::Duration limit) {
    JobSpec spec;
    spec.name = "job";
    spec.time_limit = limit;
    return engine.step(SubmitJobs{by, "", {spec}}, now).reply.jobs.front();
  };
  const JobId first = submit(ann, minutes(60));
  AttemptReport started{{first, 0, 1}, AttemptPhase::running, now, std::nullopt, {}, 0, {}};
  (void)engine.step(ReportSite{"here", 1, 1, {started}, {}}, now);
  now += minutes(30);
  AttemptReport ended{{first, 0, 1}, AttemptPhase::ended, started.started, Outcome{}, {}, 0, {}};
  (void)engine.step(ReportSite{"here", 1, 2, {ended}, {}}, now);

  const JobId again = submit(ann, minutes(20));
  const JobId others = submit({"lab", "ben", Role::user}, minutes(20));
  const Expectations expected(engine, RunTimes::expected);
  const auto of = [&](JobId id) { return expected.of(engine.state().jobs.at(id)); };
  EXPECT_EQ(of(again), minutes(10));
  EXPECT_EQ(of(others), minutes(20));  // nothing is known of ben but what he asks for
  EXPECT_EQ(expected.of_new("lab", "ann", minutes(40)), minutes(20));
  EXPECT_EQ(Expectations(engine, RunTimes::limits).of(engine.state().jobs.at(again)), minutes(20));
}

}  // namespace
}  // namespace weir::engine::test
