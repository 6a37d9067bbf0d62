// What `explain` proposes is true: asked for in a fork, the work starts when it was said.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/wire.h"
#include "engine/counterfactual.h"
#include "engine/explain_tenants.h"
#include "model/pack.h"
#include "tests/engine/support/made_up.h"

namespace weir::engine::test {
namespace {

using namespace model;

const Principal bob{"lab", "bob", Role::operator_};

enum class Fate : std::uint8_t { starts, waits, promises_move };

// The state as if the job had asked for this from the beginning, and the next look at the queue.
Fate fate_of(const Engine& engine, JobId id, const Counterfactual& change, base::Time now) {
  auto state = *base::from_wire<State>(engine.snapshot());
  JobRecord& job = state.jobs.at(id);
  JobSpec spec = unpack_spec(job.packed_spec);
  spec.nodes = job.nodes = change.request.nodes;
  spec.options = change.request.options;
  spec.time_limit = job.time_limit = change.time_limit;
  job.packed_spec = pack_spec(spec);
  job.promise.reset();
  Engine fork = *Engine::restore(base::to_wire(state));
  UpdateJob look;
  look.by = bob;
  look.job = id;
  look.name = "again";
  const Step step = fork.step(look, now);
  const auto is = [&](const Fact& fact) {
    const auto* placed = std::get_if<TaskPlaced>(&fact);
    return placed != nullptr && placed->attempt.job == id;
  };
  if (std::any_of(step.facts.begin(), step.facts.end(), is)) return Fate::starts;
  const bool moved = std::any_of(step.facts.begin(), step.facts.end(), [&](const Fact& fact) {
    const auto* promised = std::get_if<JobPromised>(&fact);
    return promised != nullptr && promised->job != id;
  });
  return moved ? Fate::promises_move : Fate::waits;
}

// True if one more look at the queue finds nothing new for anybody. A pass may leave something: a
// promise that moved near its end makes room for whoever was looked at before.
bool is_settled(const Engine& engine, base::Time now) {
  Engine fork = *Engine::restore(engine.snapshot());
  Policy other = fork.state().policy;
  other.placing =
      other.placing == PlacingRule::spread ? PlacingRule::tightest : PlacingRule::spread;
  return fork.step(SetPolicy{bob, other}, now).facts.size() == 1;
}

struct Tally {
  int tried = 0;
  int started = 0;
};

Tally try_all(const Engine& engine, base::Time now) {
  Tally tally;
  for (const auto& [id, job] : engine.state().jobs) {
    // Where tasks run already, they would have asked for something else as well.
    if (!job.wants_place() || !job.running.empty() ||
        !engine.index().classes[job.request_class].open)
      continue;
    const Waiting waiting{engine.index().waiting_kind(job).request,
                          job.time_limit,
                          engine.index().position_of(job),
                          path_of(engine, job),
                          id.value,
                          job.deadline,
                          flexibility_of(job, now)};
    for (const Counterfactual& change : what_would_start_now(engine, waiting, now)) {
      const Fate fate = fate_of(engine, id, change, now);
      if (fate == Fate::promises_move) continue;
      ++tally.tried;
      if (fate == Fate::starts) {
        ++tally.started;
      } else {
        RC_LOG() << "job " << id.value << ": " << change.text << '\n';
      }
    }
  }
  return tally;
}

// All that is proposed while a made-up site is busy.
Tally all_proposed(std::uint64_t seed) {
  base::Random random{seed};
  Engine engine;
  base::Time now = base::time_from_us(1'000'000'000);
  Tally all;
  for (int i = 0; i < 80; ++i) {
    now += base::Duration(random.below(3'000'000));
    const Input input = made_up_input(random, engine);
    const Step step = engine.step(input, now);
    if (!std::holds_alternative<SubmitJobs>(input) || step.facts.empty()) continue;
    if (!is_settled(engine, now)) continue;
    const Tally tally = try_all(engine, now);
    all.tried += tally.tried;
    all.started += tally.started;
  }
  return all;
}

RC_GTEST_PROP(Counterfactual, what_is_proposed_starts_in_a_fork, (std::uint64_t seed)) {
  const Tally all = all_proposed(seed);
  RC_ASSERT(all.started == all.tried);
}

// Here power is what is short, and who can stop needs less of it for long.
TEST(Counterfactual, what_is_proposed_has_power) {
  const Tally all = all_proposed(606);
  EXPECT_GT(all.tried, 0);
  EXPECT_EQ(all.started, all.tried);
}

// Without this, proposing nothing at all would do.
TEST(Counterfactual, something_is_proposed) {
  int tried = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) tried += all_proposed(seed).tried;
  EXPECT_GT(tried, 100);
}

}  // namespace
}  // namespace weir::engine::test
