// A pass over the queues: gives waiting tasks their places, in turn.
//
// Ideal: look at every waiting job in order of its turn and start it if it fits without delaying
// anybody who holds a promise; the first that do not fit get one. Shortcuts: only the first of each
// request class is looked at, as its classmates ask for the same; a class that found no place is
// looked at again only where something has changed; and after Limits::blocked_classes_tried classes
// that do not fit, the rest is left to the next pass.
#include <algorithm>

#include "base/hash.h"
#include "engine/promise.h"
#include "engine/stepper.h"
#include "schedule/choose.h"

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
  std::uint32_t blocked = 0;  // classes that found no place
  // The first that waits for work without a limit has no known start to be promised; for this pass,
  // what is free of the nodes it needs is kept for it.
  std::optional<SiteSlot> kept;
};

void Stepper::place_waiting_tasks() {
  capacity_or_queue_changed_ = false;
  index().let_go_of_late_promises(state(), now_);
  Pass pass{promises_allowed(state().policy), 0, std::nullopt};
  place_promised();
  const auto& heads = index().heads;
  for (auto at = heads.begin();
       at != heads.end() && pass.blocked < Limits::blocked_classes_tried;) {
    const auto head = *at;
    if (place_one(pass, head.first.job, head.second)) {
      at = heads.lower_bound(head);  // the next of its class comes later in turn
      continue;
    }
    ++pass.blocked;
    if (pass.promises_allowed == 0) break;
    promise(pass, head.first.job, head.second);
    at = heads.upper_bound(head);
  }
  if (pass.kept)
    index().sites.at(pass.kept->site).timeline.unreserve(pass.kept->slot.nodes, kept_for_nobody);
}

// Whoever holds a promise starts as soon as it can, also behind a classmate that came to go first
// and has to wait: of the classes below only the first is looked at.
void Stepper::place_promised() {
  const auto promises = index().promises;
  for (const auto& [start, id] : promises) {
    const JobRecord& job = state().jobs.at(id);
    if (!index().is_head(job))
      (void)place_on(job.promise->site, id, index().classes[job.request_class]);
  }
}

// The first in turn that wait hold a promise, as many as the policy allows. One more may come where
// a job with a higher priority came later; then nobody gets another before these have started.
void Stepper::promise(Pass& pass, JobId id, std::uint32_t class_index) {
  const JobRecord& job = state().jobs.at(id);
  const bool may_get =
      pass.blocked <= pass.promises_allowed && index().promises.size() < 2 * pass.promises_allowed;
  if (!job.promise && !may_get) return;
  const bool late = job.promise && job.promise->start < now_;
  if (job.promise && !late && !looks_for_sooner(pass)) return;
  RequestClass& of_job = index().classes[class_index];
  const bool looked = job.promise && !late && of_job.no_sooner_for == id;
  const auto found =
      soonest_slot(index(), of_job, stay_of(job), looked ? of_job.no_sooner_at : 0, now_);
  of_job.no_sooner_at = pass.kept ? 0 : index().changes;
  of_job.no_sooner_for = id;
  if (!found) return;
  if (is_worth_promising(engine_, job, *found, now_)) {
    emit(JobPromised{id, found->site, found->slot.option, found->slot.nodes, found->slot.start});
  } else if (!job.promise && !pass.kept && found->slot.start == schedule::never) {
    SitePlaces& places = index().sites.at(found->site);
    keep(places.timeline, places.capacity, of_job, found->slot);
    pass.kept = found;
  }
}

// To look for a sooner slot costs. Under EASY the one promise is kept exact; otherwise the first
// looks and one other, by turns; where there are many, not each time.
bool Stepper::looks_for_sooner(const Pass& pass) const {
  if (state().policy.backfill == BackfillRule::easy) return pass.blocked == 1;
  const std::uint64_t rest = index().promises.size() > 8 ? 16 : 1;
  const std::uint64_t turn = state().sequence / rest;
  if (state().sequence % rest != 0) return false;
  return pass.blocked == 1 || pass.blocked == 1 + turn % pass.promises_allowed;
}

bool Stepper::place_one(Pass& pass, JobId id, std::uint32_t class_index) {
  RequestClass& of_job = index().classes[class_index];
  const JobRecord& job = state().jobs.at(id);
  const bool found_none_before =
      of_job.no_place_at > 0 && (of_job.no_place_for == id || !job.promise);
  const std::uint64_t looked_at = found_none_before ? of_job.no_place_at : 0;
  for (const SiteId site : index().sites_changed_after(looked_at)) {
    if (place_on(site, id, of_job)) return true;
  }
  of_job.no_place_at = pass.kept ? 0 : index().changes;  // what is kept is so for this pass alone
  of_job.no_place_for = id;
  return false;
}

bool Stepper::place_on(SiteId site, JobId id, const RequestClass& of_job) {
  const SitePlaces& places = index().sites.at(site);
  if (!places.in_touch) return false;
  const JobRecord& job = state().jobs.at(id);
  const AttemptKey key = job.next_attempt();
  const schedule::ReservationGate gate(places.capacity, places.timeline, stay_of(job), now_);
  auto choice =
      schedule::choose(places.capacity, of_job.request, {state().policy.placing, seed_of(key)},
                       places.timeline.has_reservations() ? &gate : nullptr);
  if (!choice) return false;
  emit(TaskPlaced{key, site, choice->option, std::move(choice->ranks)});
  JobRecord& placed = state().jobs.at(id);
  wish(site, run_wish(state(), placed, *placed.find_running(key)));
  return true;
}

}  // namespace weir::engine
