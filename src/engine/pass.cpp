// A pass over the queues: gives waiting tasks their places, in turn.
//
// Ideal: look at every waiting job in order of its turn and start it if it fits without delaying
// anybody who holds a promise; the first that do not fit get one. Shortcuts: only the first of each
// kind of request is looked at, as all others ask for the same; what quotas forbid is not in the
// order at all (engine/index.h); a kind that found no place is looked at again only where something
// has changed; and after Limits::blocked_classes_tried kinds that do not fit, the rest is left to
// the next pass.
#include <algorithm>
#include <set>

#include "engine/promise.h"
#include "engine/stepper.h"
#include "schedule/choose.h"
#include "schedule/quota.h"

namespace weir::engine {

using namespace model;

namespace {

// The same draw for the same attempt, whenever it is made.
std::uint64_t seed_of(AttemptKey key) {
  return key.job.value * 0x9E3779B97F4A7C15U + key.task * 0xBF58476D1CE4E5B9U + key.attempt;
}

}  // namespace

// What one pass knows besides the state.
struct Stepper::Pass {
  std::uint32_t promises_allowed = 0;
  std::set<std::uint32_t> blocked;  // kinds that found no place
  // The first that waits for work without a limit has no known start to be promised; for this pass,
  // what is free of the nodes it needs is kept for it.
  std::optional<SiteSlot> kept;
};

void Stepper::place_waiting_tasks() {
  capacity_or_queue_changed_ = false;
  renew_budgets();
  index().let_go_of_late_promises(state(), now_);
  place_reclaimed();
  place_promised(base::Time::min(), now_);
  Pass pass{promises_allowed(state().policy), {}, std::nullopt};
  const Queues::Heads& heads = index().queues().heads();
  for (auto at = heads.begin();
       at != heads.end() && pass.blocked.size() < Limits::blocked_classes_tried;) {
    if (pass.blocked.contains(at->second)) {
      ++at;
      continue;
    }
    const auto head = *at;
    const std::size_t facts_before = step_.facts.size();
    if (!place_one(pass, head.first.job, head.second)) {
      pass.blocked.insert(head.second);
      if (pass.promises_allowed == 0) break;
      promise(pass, head.first.job, head.second);
    }
    // A placement moves its tenant, and time itself the shares: whoever is first may be another.
    at = step_.facts.size() == facts_before ? heads.upper_bound(head) : heads.begin();
  }
  place_promised(now_ + base::Duration(1), schedule::never);
  if (pass.kept) {
    index().sites.at(pass.kept->site).timeline.unreserve(pass.kept->slot.nodes, kept_for_nobody);
  }
  reclaim_guaranteed();
}

// Whoever holds a promise starts as soon as it can, also behind one of its kind that came to go
// first and has to wait: of the kinds only the first is looked at. Those whose promised time has
// come go before everybody, the others after what is first in turn.
void Stepper::place_promised(base::Time from, base::Time to) {
  const auto promises = index().promises;
  for (auto at = promises.lower_bound({from, {}}); at != promises.end(); ++at) {
    const auto& [start, id] = *at;
    if (start > to) return;
    const JobRecord& job = state().jobs.at(id);
    // What was placed before may have filled a quota of its tenant.
    if (!job.promise || index().is_head(job)) continue;
    (void)place_on(job.promise->site, id, *index().classes[job.request_class].open);
  }
}

// The first in turn that wait hold a promise, as many as the policy allows. One more may come where
// a job with a higher priority came later; then nobody gets another before these have started.
void Stepper::promise(Pass& pass, JobId id, std::uint32_t kind) {
  const JobRecord& job = state().jobs.at(id);
  const std::size_t blocked = pass.blocked.size();
  const bool may_get =
      blocked <= pass.promises_allowed && index().promises.size() < 2 * pass.promises_allowed;
  if (!job.promise && !may_get) return;
  const bool late = job.promise && job.promise->start < now_;
  if (job.promise && !late && !looks_for_sooner(pass)) return;
  RequestKind& of_job = index().kinds[kind];
  const bool looked =
      job.promise && !late && of_job.no_sooner_for == id && of_job.no_sooner_than == job.promise;
  const auto found =
      soonest_slot(index(), of_job, stay_of(job), looked ? of_job.no_sooner_at : 0, now_);
  of_job.no_sooner_at = pass.kept ? 0 : index().changes;
  of_job.no_sooner_for = id;
  of_job.no_sooner_than = job.promise;
  if (!found) return;
  if (is_worth_promising(engine_, job, *found, now_)) {
    emit(JobPromised{id, found->site, of_job.asked_option(found->slot.option), found->slot.nodes,
                     found->slot.start});
    of_job.no_sooner_than = job.promise;
  } else if (!job.promise && !pass.kept && found->slot.start == schedule::never) {
    SitePlaces& places = index().sites.at(found->site);
    keep(places.timeline, places.capacity, of_job, found->slot);
    pass.kept = found;
  }
}

// To look for a sooner slot costs. Under EASY the one promise is kept exact; otherwise the first
// looks and one other, by turns; where there are many, not each time.
bool Stepper::looks_for_sooner(const Pass& pass) const {
  if (state().policy.backfill == BackfillRule::easy) return pass.blocked.size() == 1;
  const std::uint64_t rest = index().promises.size() > 8 ? 16 : 1;
  const std::uint64_t turn = state().sequence / rest;
  if (state().sequence % rest != 0) return false;
  return pass.blocked.size() == 1 || pass.blocked.size() == 1 + turn % pass.promises_allowed;
}

bool Stepper::place_one(Pass& pass, JobId id, std::uint32_t kind) {
  RequestKind& of_job = index().kinds[kind];
  const JobRecord& job = state().jobs.at(id);
  const bool found_none_before =
      of_job.no_place_at > 0 && (of_job.no_place_for == id || !job.promise);
  const std::uint64_t looked_at = found_none_before ? of_job.no_place_at : 0;
  for (const SiteId site : index().sites_changed_after(looked_at)) {
    if (place_on(site, id, kind)) return true;
  }
  of_job.no_place_at = pass.kept ? 0 : index().changes;  // what is kept is so for this pass alone
  of_job.no_place_for = id;
  return false;
}

bool Stepper::place_on(SiteId site, JobId id, std::uint32_t kind) {
  const SitePlaces& places = index().sites.at(site);
  if (!places.in_touch) return false;
  const RequestKind& of_job = index().kinds[kind];
  const JobRecord& job = state().jobs.at(id);
  const AttemptKey key = job.next_attempt();
  const schedule::ReservationGate gate(places.capacity, places.timeline, stay_of(job), now_);
  auto choice =
      schedule::choose(places.capacity, of_job.request, {state().policy.placing, seed_of(key)},
                       places.timeline.has_reservations() ? &gate : nullptr);
  if (!choice) return false;
  const std::uint32_t leaf = index().classes[job.request_class].leaf;
  if (const auto most = index().tenants().cpus_left(state(), leaf)) {
    schedule::trim_cpus(choice->ranks, of_job.request.options[choice->option].cpus, *most);
  }
  place({key, site, of_job.asked_option(choice->option), std::move(choice->ranks)});
  return true;
}

void Stepper::place(TaskPlaced placed) {
  const AttemptKey key = placed.attempt;
  const SiteId site = placed.site;
  emit(std::move(placed));
  JobRecord& job = state().jobs.at(key.job);
  wish(site, run_wish(state(), job, *job.find_running(key)));
}

}  // namespace weir::engine
