// What `plan` says is what would happen.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "engine/questions.h"
#include "tests/engine/support/made_up.h"

namespace weir::engine::test {
namespace {

using namespace model;

const Principal bob{"lab", "bob", Role::operator_};

// What becomes of the job if it is submitted now: refused, waiting, or placed; or nobody can tell
// beforehand, as the same pass finds a sooner promise for another.
enum class Fate : std::uint8_t { refused, waits, starts, promises_move };
Fate fate_of(const Engine& engine, const JobSpec& spec, base::Time now) {
  Engine copy = *Engine::restore(engine.snapshot());
  const Step step = copy.step(SubmitJobs{bob, "", {spec}}, now);
  if (step.reply.error) return Fate::refused;
  const JobId job = step.reply.jobs.front();
  const bool placed = std::any_of(step.facts.begin(), step.facts.end(), [&](const Fact& fact) {
    const auto* it = std::get_if<TaskPlaced>(&fact);
    return it != nullptr && it->attempt.job == job;
  });
  const bool moved = std::any_of(step.facts.begin(), step.facts.end(), [&](const Fact& fact) {
    const auto* it = std::get_if<JobPromised>(&fact);
    return it != nullptr && it->job != job;
  });
  return moved ? Fate::promises_move : placed ? Fate::starts : Fate::waits;
}

RC_GTEST_PROP(Plan, says_what_submitting_would_do, (std::uint64_t seed)) {
  base::Random random{seed};
  Engine engine;
  base::Time now = base::time_from_us(1'000'000'000);
  for (int i = 0; i < 80; ++i) {
    now += base::Duration(random.below(3'000'000));
    const Input input = made_up_input(random, engine);
    const Step step = engine.step(input, now);
    // Only behind a submission is it sure that everything that can start has started.
    const bool settled = std::holds_alternative<SubmitJobs>(input) && !step.facts.empty();
    if (!settled || engine.state().sites.size() != 1) continue;
    if (!engine.state().sites.begin()->second.in_touch) continue;
    const JobSpec spec = made_up_job(random);
    const Plan plan = plan_job(engine, bob, spec, now);
    const Fate fate = fate_of(engine, spec, now);
    RC_ASSERT(plan.feasible == (fate != Fate::refused));
    if (fate == Fate::promises_move) continue;
    RC_ASSERT(plan.now == (fate == Fate::starts));
  }
}

}  // namespace
}  // namespace weir::engine::test
