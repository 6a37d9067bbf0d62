// What is held of the sites, and what comes back to those who have a guarantee.
#include <algorithm>

#include "base/check.h"
#include "engine/index.h"

namespace weir::engine {

// ---- what is held

namespace {

// Until when an attempt holds its place at the latest. What makes room is followed there by
// whoever gets it back, for as long as nobody can say.
base::Time hold_end(const RunningAttempt& run) {
  const bool is_followed =
      run.stopping == model::Reason::preempted || run.stopping == model::Reason::moved;
  if (is_followed) return schedule::never;
  return run.end().value_or(schedule::never);
}

}  // namespace

void Index::hold(const RunningAttempt& run) {
  SitePlaces& places = sites.at(run.site);
  places.capacity.take(run.ranks);
  site_moved(run.site);
  places.timeline.add_hold(places.capacity, run.ranks, hold_end(run));
  running_by_age.insert({run.placed, run.key});
}

void Index::start_hold(RunningAttempt& run, base::Time started) {
  SitePlaces& places = sites.at(run.site);
  places.timeline.remove_hold(places.capacity, run.ranks, hold_end(run));
  if (started < run.placed) site_changed(run.site);  // by the site's clock: it ends sooner
  run.started = started;
  places.timeline.add_hold(places.capacity, run.ranks, hold_end(run));
}

void Index::stop_hold(RunningAttempt& run, model::Reason reason) {
  SitePlaces& places = sites.at(run.site);
  const base::Time before = hold_end(run);
  places.timeline.remove_hold(places.capacity, run.ranks, before);
  run.stopping = reason;
  places.timeline.add_hold(places.capacity, run.ranks, hold_end(run));
  if (hold_end(run) < before) site_changed(run.site);
}

void Index::charge(State& state, const JobRecord& job, const schedule::Charge& more) {
  tenants_.charge(state, classes[job.request_class].leaf, more);
}

void Index::give_back(State& state, const JobRecord& job, const schedule::Charge& less,
                      base::Time charged) {
  tenants_.give_back(state, classes[job.request_class].leaf, less, charged);
}

void Index::take(State& state, const JobRecord& job, const RunningAttempt& run) {
  const std::uint32_t leaf = classes[job.request_class].leaf;
  hold(run);
  power_.add(state, energy_, job, run);
  tenants_.hold(state, leaf, run.site, run.ranks, +1);
  queues_.rekey(tenants_, leaf);
  open_up_below(state, leaf);
}

void Index::release(State& state, const JobRecord& job, const RunningAttempt& run) {
  const std::uint32_t leaf = classes[job.request_class].leaf;
  SitePlaces& places = sites.at(run.site);
  power_.remove(run);
  places.timeline.remove_hold(places.capacity, run.ranks, hold_end(run));
  places.capacity.release(run.ranks);
  keep_what_is_free(state, run.site);
  site_changed(run.site);
  running_by_age.erase({run.placed, run.key});
  tenants_.hold(state, leaf, run.site, run.ranks, -1);
  queues_.rekey(tenants_, leaf);
  open_up_below(state, leaf);
}

// ---- what comes back

void Index::reclaim(State& state, const ReclaimRecord& reclaim) {
  const std::uint32_t leaf = classes[state.jobs.at(reclaim.attempt.job).request_class].leaf;
  begin_keeping(state, reclaim);
  tenants_.hold(state, leaf, reclaim.site, reclaim.ranks, +1);
  queues_.rekey(tenants_, leaf);
  open_up_below(state, leaf);
}

void Index::end_reclaim(State& state, const ReclaimRecord& reclaim) {
  const std::uint32_t leaf = classes[state.jobs.at(reclaim.attempt.job).request_class].leaf;
  SitePlaces& places = sites.at(reclaim.site);
  places.timeline.remove_hold(places.capacity, kept(reclaim.attempt), schedule::never);
  places.capacity.release(kept(reclaim.attempt));
  site_changed(reclaim.site);
  kept_.erase(reclaim.attempt);
  tenants_.hold(state, leaf, reclaim.site, reclaim.ranks, -1);
  queues_.rekey(tenants_, leaf);
}

void Index::drop_reclaim(State& state, const ReclaimRecord& reclaim) {
  const JobRecord& job = state.jobs.at(reclaim.attempt.job);
  give_back(state, job, reclaim.charge(), reclaim.since);
  end_reclaim(state, reclaim);
  keep_what_is_free(state, reclaim.site);
  open_up_below(state, classes[job.request_class].leaf);
}

void Index::begin_keeping(const State& state, const ReclaimRecord& reclaim) {
  std::vector<model::RankPlacement>& kept = kept_[reclaim.attempt];
  for (const model::RankPlacement& rank : reclaim.ranks) kept.push_back({rank.node, 0, 0, {}});
  SitePlaces& places = sites.at(reclaim.site);
  places.timeline.add_hold(places.capacity, kept, schedule::never);
  keep_what_is_free(state, reclaim.site);
}

void Index::keep_what_is_free(const State& state, model::SiteId site) {
  schedule::Capacity& here = sites.at(site).capacity;
  schedule::Timeline& timeline = sites.at(site).timeline;
  for (const ReclaimRecord& reclaim : state.reclaims) {
    const auto at = kept_.find(reclaim.attempt);
    if (reclaim.site != site || at == kept_.end()) continue;
    for (std::size_t i = 0; i < reclaim.ranks.size(); ++i) {
      const model::RankPlacement& whole = reclaim.ranks[i];
      model::RankPlacement& kept = at->second[i];
      const schedule::Shape& free = here.free_of(whole.node);
      model::RankPlacement more{whole.node,
                                std::min(whole.cpus - kept.cpus, free.cpus),
                                std::min(whole.memory_bytes - kept.memory_bytes, free.memory_bytes),
                                {}};
      for (const std::uint32_t device : whole.devices) {
        if (here.device_free(whole.node, device)) more.devices.push_back(device);
      }
      if (more.cpus == 0 && more.memory_bytes == 0 && more.devices.empty()) continue;
      here.take(std::span(&more, 1));
      site_moved(site);
      timeline.remove_hold(here, std::span(&kept, 1), schedule::never);
      kept.cpus += more.cpus;
      kept.memory_bytes += more.memory_bytes;
      kept.devices.insert(kept.devices.end(), more.devices.begin(), more.devices.end());
      std::sort(kept.devices.begin(), kept.devices.end());
      timeline.add_hold(here, std::span(&kept, 1), schedule::never);
    }
  }
}

void Index::pass_time(State& state, base::Time now) {
  const base::Time before = state.time;
  state.time = std::max(state.time, now);
  if (schedule::share_step_at(before) == schedule::share_step_at(state.time)) return;
  tenants_.bring_forward(state, state.time);
  queues_.rekey_all(tenants_);
}

}  // namespace weir::engine
