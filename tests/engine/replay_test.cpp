// One engine, however it came to its state: by steps, by facts, or by a snapshot.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/json.h"

#include "engine/wishes.h"
#include "model/pack.h"
#include "tests/engine/support/made_up.h"

namespace weir::engine::test {
namespace {

constexpr int steps_played = 120;

// Plays made-up inputs on an engine, with times that grow.
struct Play {
  explicit Play(std::uint64_t seed) : random{seed} {}
  Step step(Engine& engine) {
    input = made_up_input(random, engine);
    now += base::Duration(random.below(random.chance(1, 20) ? 90'000'000 : 2'000'000));
    return engine.step(input, now);
  }

  base::Random random;
  base::Time now = base::time_from_us(1'000'000'000);
  model::Input input;
};

RC_GTEST_PROP(Replay, facts_alone_rebuild_the_state, (std::uint64_t seed)) {
  Play play(seed);
  Engine stepped;
  Engine replayed;
  for (int i = 0; i < steps_played; ++i) {
    const Step step = play.step(stepped);
    if (step.facts.empty()) continue;
    replayed.replay(step.sequence, step.facts, play.now);
    RC_ASSERT(replayed.snapshot() == stepped.snapshot());
  }
}

RC_GTEST_PROP(Replay, facts_and_inputs_survive_being_packed, (std::uint64_t seed)) {
  Play play(seed);
  Engine stepped;
  Engine again;
  for (int i = 0; i < steps_played; ++i) {
    const Step step = play.step(stepped);
    if (step.facts.empty()) continue;
    const auto input = model::unpack_input(model::pack_input(play.input));
    RC_ASSERT(input.has_value());
    const std::string facts = model::pack_facts(step.facts);
    RC_ASSERT(model::pack_facts(again.step(*input, play.now).facts) == facts);
    RC_ASSERT(model::pack_facts(*model::unpack_facts(facts)) == facts);
  }
}

RC_GTEST_PROP(Replay, a_restored_engine_goes_on_as_the_one_it_was_taken_from,
              (std::uint64_t seed)) {
  Play play(seed);
  Engine original;
  for (int i = 0; i < steps_played; ++i) (void)play.step(original);
  auto restored = Engine::restore(original.snapshot());
  RC_ASSERT(restored.has_value());
  RC_ASSERT(restored->snapshot() == original.snapshot());
  for (int i = 0; i < steps_played; ++i) {
    const Step step = play.step(original);
    const Step other = restored->step(play.input, play.now);
    RC_ASSERT(base::to_json(step.facts) == base::to_json(other.facts));
    RC_ASSERT(restored->next_wake() == original.next_wake());
  }
  RC_ASSERT(restored->snapshot() == original.snapshot());
}

RC_GTEST_PROP(Replay, who_merges_every_change_holds_the_whole_wanted_state, (std::uint64_t seed)) {
  Play play(seed);
  Engine engine;
  std::map<model::SiteId, std::map<model::AttemptKey, model::Want>> held;
  std::map<model::SiteId, std::uint64_t> versions;
  for (int i = 0; i < steps_played; ++i) {
    for (const model::Effect& effect : play.step(engine).effects) {
      const auto* change = std::get_if<model::ChangeWanted>(&effect);
      if (change == nullptr || change->from != versions[change->site]) continue;
      versions[change->site] = change->to;
      for (const model::AttemptWish& wish : change->wishes) {
        if (wish.want == model::Want::forget) {
          held[change->site].erase(wish.key);
        } else {
          held[change->site][wish.key] = wish.want;
        }
      }
    }
    for (const auto& [id, site] : engine.state().sites) {
      const model::WantedState whole = wanted_state(engine.state(), id);
      std::map<model::AttemptKey, model::Want> wanted;
      for (const model::AttemptWish& wish : whole.wishes) wanted[wish.key] = wish.want;
      // A version that grew without a change (the site joined) is fetched whole.
      if (versions[id] != whole.version) {
        versions[id] = whole.version;
        held[id] = wanted;
      }
      RC_ASSERT(held[id] == wanted);
    }
  }
}

}  // namespace
}  // namespace weir::engine::test
