// Sites as places for work: what changed where, what has room, what is promised.
#include <algorithm>

#include "base/check.h"
#include "engine/index.h"

namespace weir::engine {

namespace {

void hold_for_others(SitePlaces& places, const std::vector<model::RankPlacement>& held) {
  places.capacity.take(held);
  for (const model::RankPlacement& rank : held) {
    places.timeline.add_hold(places.capacity, std::span(&rank, 1), schedule::never);
  }
}

}  // namespace

// ---- sites

void Index::set_site(State& state, const SiteRecord& site) {
  set_places(state, site);
  network_.set(state);
  power_.set(state, energy_, running_jobs);
  turn_book_.set_models(state);
  tenants_.set_site(state, site);
  queues_.rekey_all(tenants_);
}

void Index::set_places(const State& state, const SiteRecord& site) {
  site_by_name[site.name] = site.id;
  SitePlaces& places = sites[site.id];
  places.capacity = schedule::Capacity(site.nodes);
  places.scores.clear();
  places.timeline = schedule::Timeline(places.capacity.nodes());
  places.takes_work = site.takes_work();
  hold_for_others(places, site.others);
  apply_filters(state, site.id);
  site_changed(site.id);
}

void Index::set_takes_work(model::SiteId site, bool takes_work) {
  sites.at(site).takes_work = takes_work;
  site_changed(site);
}

void Index::set_others(const SiteRecord& site, const std::vector<model::RankPlacement>& held) {
  SitePlaces& places = sites.at(site.id);
  for (const model::RankPlacement& rank : site.others) {
    places.timeline.remove_hold(places.capacity, std::span(&rank, 1), schedule::never);
  }
  places.capacity.release(site.others);
  hold_for_others(places, held);
  site_changed(site.id);
}

std::vector<model::SiteId> Index::sites_changed_after(
    std::uint64_t count, const base::IdSet<model::SiteId>& among) const {
  std::vector<model::SiteId> changed;
  changed_sites_.each_after(count, [&](model::SiteId site) {
    if (among.contains(site)) changed.push_back(site);
    return true;
  });
  std::sort(changed.begin(), changed.end());
  return changed;
}

bool Index::any_changed_after(std::uint64_t count, const base::IdSet<model::SiteId>& among) const {
  return !changed_sites_.each_after(count,
                                    [&](model::SiteId site) { return !among.contains(site); });
}

void Index::site_changed(model::SiteId site) {
  SitePlaces& places = sites.at(site);
  places.changed = places.roomier = changes = changed_sites_.touch(site);
  site_moved(site);
  places.grown = moves;
}

void Index::site_moved(model::SiteId site) { moves = moved_sites_.touch(site); }

// ---- promises

void Index::reserve(const JobRecord& job) {
  const PromiseRecord& promise = *job.promise;
  SitePlaces& places = sites.at(promise.site);
  const auto& option = asked_kind(job).request.options[promise.option];
  const base::Time start = promise.start;
  const base::Time end = schedule::Stay{job.time_limit}.end_from(start);
  for (const std::uint32_t node : promise.nodes) {
    const auto demand = places.capacity.pool_of(node).demand(option);
    WEIR_CHECK(demand.has_value(), "a promise is of nodes that have what was asked for");
    places.timeline.reserve({&node, 1}, *demand, start, end, job.id.value);
  }
  promises.insert({start, job.id});
  places.promises.insert({start, job.id});
  const std::uint32_t asks = asked_kind(job).asks;
  rooms[asks].promised.insert({{start, job.id}, {}});
  promised_rooms.insert(asks);
  const std::uint64_t roomier = places.roomier;
  site_changed(promise.site);  // its job may use what is kept for it
  places.roomier = roomier;
}

void Index::unreserve(const JobRecord& job) {
  const PromiseRecord& promise = *job.promise;
  SitePlaces& places = sites.at(promise.site);
  places.timeline.unreserve(promise.nodes, job.id.value);
  places.promises.erase({promise.start, job.id});
  const std::uint32_t asks = asked_kind(job).asks;
  rooms[asks].promised.erase({promise.start, job.id});
  if (rooms[asks].promised.empty()) promised_rooms.erase(asks);
  site_changed(promise.site);
  promises.erase({promise.start, job.id});
}

void Index::let_go_of_late_promises(const State& state, base::Time now) {
  for (auto at = promises.lower_bound({late_before_, {}}); at != promises.end(); ++at) {
    if (at->first >= now) break;
    site_changed(state.jobs.at(at->second).promise->site);
  }
  late_before_ = std::max(late_before_, now);
}

bool Index::find_room(RequestRoom& room) const {
  moved_sites_.each_after(room.looked_at, [&](model::SiteId site) {
    const SitePlaces& places = sites.at(site);
    const bool had_room = room.sites.contains(site);
    // Where there was no room, and has only become less since, there is none.
    if (!had_room && places.grown <= room.looked_at) return true;
    if (places.takes_work && schedule::has_room(places.capacity, room.request)) {
      room.sites.insert(site);
    } else {
      room.sites.erase(site);
    }
    return true;
  });
  room.looked_at = moves;
  return !room.sites.empty();
}

}  // namespace weir::engine
