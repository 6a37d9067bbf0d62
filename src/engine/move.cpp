// Moves: work that can go on elsewhere makes room for the first that waits, where that pays.
//
// A gang may wait although enough is free for it, as small work sits here and there on the nodes it
// needs. Such work moves: it is given its notice, and starts again elsewhere from its checkpoint.
// It does so only if all that has to move has another place right now, and if the time that the
// first gains, times what it asks for, is more than what is lost: what was done since the last
// checkpoint, the notice, and the start. Nobody is moved who asks for no notice or writes no
// checkpoints, nor for anybody who is not promised a start, nor where others are promised theirs.
// What comes free is kept like what comes back to a guarantee (engine/reclaim.cpp).
#include <algorithm>
#include <map>

#include "engine/promise.h"
#include "engine/stepper.h"
#include "schedule/quota.h"
#include "schedule/timeline.h"

namespace weir::engine {

using namespace model;

namespace {

// From the end of the program to its first instruction elsewhere, as an estimate.
constexpr base::Duration restart = std::chrono::minutes(1);

// A site as it would be.
struct SiteThen {
  schedule::Capacity capacity;
  schedule::Timeline timeline;
};

class Mover {
 public:
  Mover(const Engine& engine, const JobRecord& first, const RequestKind& of_first, base::Time now)
      : engine_(engine), index_(engine.index()), first_(first), of_first_(of_first), now_(now) {}

  // The places that the first gets on this site once others have moved; none where that does not
  // pay, or they could go nowhere.
  [[nodiscard]] std::optional<schedule::Reclaim> on(const SiteRecord& site) {
    const std::vector<schedule::Victim> victims = movable_on(site.id);
    if (victims.empty()) return std::nullopt;
    auto found = schedule::reclaim(index_.sites.at(site.id).capacity, site.nodes, of_first_.request,
                                   victims);
    if (!found || found->from.empty() || !pays(*found, victims)) return std::nullopt;
    if (is_promised_to_others(site.id, found->ranks)) return std::nullopt;
    then_.clear();
    for (const AttemptKey key : found->from) take_away(site.id, key);
    if (!fits_then(site.id, *found)) return std::nullopt;
    hold(site.id, found->ranks, stay_of(first_));
    for (const AttemptKey key : found->from) {
      if (!finds_another_place(key)) return std::nullopt;
    }
    return found;
  }

 private:
  [[nodiscard]] const JobRecord& job_of(AttemptKey key) const {
    return engine_.state().jobs.at(key.job);
  }
  [[nodiscard]] const RunningAttempt& run_of(AttemptKey key) const {
    const auto& running = job_of(key).running;
    return *std::find_if(running.begin(), running.end(),
                         [&](const RunningAttempt& run) { return run.key == key; });
  }

  // Cheapest first.
  [[nodiscard]] std::vector<schedule::Victim> movable_on(SiteId site) const {
    std::vector<schedule::Victim> movable;
    for (const JobId id : index_.movable) {
      const JobRecord& job = engine_.state().jobs.at(id);
      if (index_.takes_turns(engine_.state(), job)) continue;  // rounds find it its place
      for (const RunningAttempt& run : job.running) {
        if (run.site != site || !may_start_again(job, run, now_)) continue;
        const base::Duration notice = notice_of(job);
        if (notice == base::Duration(0)) continue;
        const base::Duration lost = job.time_lost(run, now_) + notice + restart;
        movable.push_back({run.key, &run.ranks, schedule::loss_of(run.ranks, lost), run.placed});
      }
    }
    schedule::cheapest_first(movable);
    if (movable.size() > Limits::moves_tried) movable.resize(Limits::moves_tried);
    return movable;
  }

  // Devices count where the first asks for any, else processors.
  [[nodiscard]] bool pays(const schedule::Reclaim& found,
                          std::span<const schedule::Victim> victims) const {
    __extension__ using Wide = __int128;
    const schedule::Held asked =
        schedule::held_by(of_first_.request.nodes, of_first_.request.options[found.option]);
    const bool by_devices = asked.devices_milli > 0;
    Wide lost = 0;
    for (const schedule::Victim& victim : victims) {
      if (!std::binary_search(found.from.begin(), found.from.end(), victim.key)) continue;
      if (!by_devices && victim.loss.device_ms > 0) return false;
      lost += by_devices ? victim.loss.device_ms : victim.loss.cpu_ms;
    }
    const Wide ms = base::to_us(first_.promise->start - now_) / 1000;
    const Wide gained =
        by_devices ? ms * asked.devices_milli / whole_device_milli : ms * asked.cpus;
    return gained > lost;
  }

  [[nodiscard]] bool is_promised_to_others(SiteId site,
                                           const std::vector<RankPlacement>& ranks) const {
    const auto& promises = index_.sites.at(site).promises;
    return std::any_of(promises.begin(), promises.end(), [&](const auto& promise) {
      if (promise.second == first_.id) return false;
      const auto& nodes = engine_.state().jobs.at(promise.second).promise->nodes;
      return std::any_of(ranks.begin(), ranks.end(), [&](const RankPlacement& rank) {
        return std::binary_search(nodes.begin(), nodes.end(), rank.node);
      });
    });
  }

  SiteThen& then(SiteId site) {
    const SitePlaces& places = index_.sites.at(site);
    return then_.try_emplace(site, SiteThen{places.capacity, places.timeline}).first->second;
  }
  void take_away(SiteId site, AttemptKey key) {
    const RunningAttempt& run = run_of(key);
    SiteThen& there = then(site);
    there.timeline.remove_hold(there.capacity, run.ranks, run.end().value_or(schedule::never));
    there.capacity.release(run.ranks);
  }
  void hold(SiteId site, const std::vector<RankPlacement>& ranks, const schedule::Stay& stay) {
    SiteThen& there = then(site);
    there.capacity.take(ranks);
    there.timeline.add_hold(there.capacity, ranks, stay.end_from(now_));
  }
  bool fits_then(SiteId site, const schedule::Reclaim& found) {
    SiteThen& there = then(site);
    const schedule::ReservationGate gate(there.capacity, there.timeline, stay_of(first_), now_);
    const ResourceOption& option = of_first_.request.options[found.option];
    return std::all_of(found.ranks.begin(), found.ranks.end(), [&](const RankPlacement& rank) {
      return gate.open(rank.node, *there.capacity.pool_of(rank.node).demand(option));
    });
  }
  bool finds_another_place(AttemptKey key) {
    const JobRecord& job = job_of(key);
    const schedule::Request& request = index_.asked_kind(job).request;
    const auto options = schedule::as_written(request.options.size()).front();
    schedule::Placing placing{engine_.state().policy.placing, 0, &engine_.state().usual.work};
    placing.left = &engine_.state().usual.left;
    for (const auto& [site, places] : index_.sites) {
      if (!places.takes_work) continue;
      SiteThen& there = then(site);
      const schedule::ReservationGate gate(there.capacity, there.timeline, stay_of(job), now_);
      const auto choice = schedule::choose(there.capacity, request, options, placing, &gate);
      if (!choice) continue;
      hold(site, choice->ranks, stay_of(job));
      return true;
    }
    return false;
  }

  const Engine& engine_;
  const Index& index_;
  const JobRecord& first_;
  const RequestKind& of_first_;
  base::Time now_;
  std::map<SiteId, SiteThen> then_;
};

}  // namespace

void Stepper::move_for_the_first() {
  if (index().movable.empty() || !state().reclaims.empty()) return;
  const auto entry = index().queues().next(nullptr, nullptr);
  if (!entry) return;
  const JobRecord& first = state().jobs.at(entry->position.job);
  const bool waits_long = first.promise && first.promise->start != schedule::never &&
                          first.promise->start - now_ > restart;
  if (!waits_long) return;
  const RequestKind& kind = index().kinds[*index().classes[entry->request_class].open];
  Mover mover(engine_, first, kind, now_);
  for (const auto& [id, site] : state().sites) {
    if (!site.in_touch) continue;
    auto found = mover.on(site);
    if (!found) continue;
    const std::vector<AttemptKey> from = found->from;
    emit(PlaceReclaimed{first.next_attempt(), id, kind.asked_option(found->option),
                        std::move(found->ranks), from});
    for (const AttemptKey key : from) {
      emit(AttemptStopping{key, Reason::moved});
      RunningAttempt* run = state().jobs.at(key.job).find_running(key);
      wish(run->site, stop_wish(state(), *run));
    }
    return;
  }
}

}  // namespace weir::engine
