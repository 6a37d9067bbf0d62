#include "engine/engine.h"

#include <algorithm>

#include "base/check.h"
#include "base/wire.h"
#include "engine/apply.h"
#include "engine/round_plan.h"
#include "engine/soundness.h"
#include "engine/stepper.h"

namespace weir::engine {

Step Engine::step(const model::Input& input, base::Time now) {
  stepped_ = now;
  Stepper stepper(*this, now);
  std::visit([&](const auto& alternative) { stepper.take(alternative); }, input);
  return stepper.finish();
}

void Engine::apply(const model::Fact& fact, base::Time now) {
  index_.pass_time(state_, now);
  engine::apply(state_, index_, fact, now);
}

void Engine::replay(std::uint64_t sequence, std::span<const model::Fact> facts, base::Time now) {
  WEIR_CHECK(sequence == state_.sequence + 1, "rows are replayed in order, each once");
  state_.sequence = sequence;
  for (const model::Fact& fact : facts) apply(fact, now);
}

std::string Engine::snapshot() const { return base::to_wire(state_); }

base::Result<Engine> Engine::restore(std::string_view bytes) {
  Engine engine;
  engine.state_ = WEIR_TRY(base::from_wire<State>(bytes));
  WEIR_TRY_STATUS(check_sound(engine.state_));
  engine.index_ = WEIR_TRY(Index::of(engine.state_));
  return engine;
}

std::optional<base::Time> Engine::next_round() const { return engine::next_round(state_); }

bool Engine::guarantees_wait() const {
  const auto& guaranteed = index_.tenants().guaranteed();
  return std::any_of(guaranteed.begin(), guaranteed.end(),
                     [&](std::uint32_t tenant) { return !index_.waiting_classes(tenant).empty(); });
}

std::optional<base::Time> Engine::next_wake() const {
  std::optional<base::Time> wake;
  const auto at = [&](base::Time time) { wake = wake ? std::min(*wake, time) : time; };
  for (const auto& [id, site] : state_.sites) {
    if (site.in_touch) at(site.heard + lease_of(state_, site) + base::Duration(1));
  }
  // Work that borrows becomes old enough to end for those who wait for their own.
  if (guarantees_wait()) {
    const base::Time young = stepped_ - Limits::run_before_preemption;
    const auto next = index_.running_by_age.upper_bound({young, {model::JobId{UINT64_MAX}, 0, 0}});
    if (next != index_.running_by_age.end()) at(next->first + Limits::run_before_preemption);
  }
  // Work becomes old enough to start again with another size or place.
  const auto start_again = [&](model::JobId id) {
    for (const RunningAttempt& run : state_.jobs.at(id).running) {
      if (!run.started) continue;
      const base::Time old_enough = *run.started + Limits::run_before_resize;
      if (old_enough > stepped_) at(old_enough);
    }
  };
  for (const model::JobId id : index_.elastic) start_again(id);
  if (!index_.promises.empty()) {
    for (const model::JobId id : index_.movable) start_again(id);
  }
  if (const auto next = next_round()) at(*next);
  if (const auto next = next_power()) at(*next);
  if (!index_.deferred.empty()) at(index_.deferred.begin()->first);
  if (!index_.looks.empty() && state_.policy.flows.data) at(index_.looks.begin()->first);
  for (const FailedTransfer& failed : state_.failed_transfers) {
    if (failed.until > stepped_) at(failed.until);
  }
  if (!index_.last_starts.empty()) at(index_.last_starts.begin()->first + base::Duration(1));
  for (const std::uint32_t tenant : index_.tenants().budgeted()) {
    const TenantRecord& record = state_.tenants[tenant];
    if (record.spent().empty()) continue;
    if (index_.waiting_classes(tenant).empty()) continue;
    at(model::period_end(record.settings.budget->period, record.spent_period));
  }
  return wake;
}

void Stepper::emit(model::Fact fact) {
  if (step_.facts.empty()) step_.sequence = ++state().sequence;
  engine_.apply(fact, now_);
  step_.facts.push_back(std::move(fact));
}

Step Stepper::finish() {
  end_what_is_too_late();
  begin_what_was_deferred();
  look_after_data();
  keep_to_caps();
  // A promise that ended has made room as well.
  if (state().policy.rounds) take_turns();
  const bool changed = capacity_or_queue_changed_ || index().changes != changes_before_;
  if (places_are_given() && (changed || round_began_)) place_waiting_tasks();
  begin_round_if_none_runs();
  // What began just now may count on others who give way, and have to be told in this moment.
  keep_to_caps();
  if (round_began_) {
    for (const auto& [id, site] : state().sites) {
      if (site.in_touch) wishes_[id];
    }
  }
  for (auto& [id, wishes] : wishes_) {
    const SiteRecord& site = state().sites.at(id);
    const auto before = index().wanted_before.find(id);
    const std::uint64_t from =
        before == index().wanted_before.end() ? site.wanted_version : before->second;
    model::ChangeWanted change{id, site.epoch, from, site.wanted_version, std::move(wishes),
                               {}, {}};
    if (round_began_) change.rests_at = state().rounds.until;
    if (const auto of_site = transfer_wishes_.find(id); of_site != transfer_wishes_.end()) {
      change.transfers = std::move(of_site->second);
    }
    step_.effects.emplace_back(std::move(change));
  }
  if (site_asking_) step_.reply.wanted_version = state().sites.at(*site_asking_).wanted_version;
  return std::move(step_);
}

void Stepper::wish(model::SiteId site, model::AttemptWish wish) {
  wishes_[site].push_back(std::move(wish));
}

void Stepper::wish_forgotten(model::SiteId site, model::AttemptKey key) {
  model::AttemptWish forgotten;
  forgotten.key = key;
  forgotten.want = model::Want::forget;
  wish(site, std::move(forgotten));
}

}  // namespace weir::engine
