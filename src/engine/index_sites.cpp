// Sites as places for work: what changed where, what has room, what is promised.
#include <algorithm>

#include "base/check.h"
#include "engine/index.h"

namespace weir::engine {

// ---- sites

void Index::set_site(State& state, const SiteRecord& site) {
  set_places(site);
  tenants_.set_site(state, site);
  queues_.rekey_all(tenants_);
}

void Index::set_places(const SiteRecord& site) {
  site_by_name[site.name] = site.id;
  SitePlaces& places = sites[site.id];
  places.capacity = schedule::Capacity(site.nodes);
  places.timeline = schedule::Timeline(places.capacity.nodes());
  places.in_touch = site.in_touch;
  site_changed(site.id);
}

void Index::set_in_touch(model::SiteId site, bool in_touch) {
  sites.at(site).in_touch = in_touch;
  site_changed(site);
}

std::vector<model::SiteId> Index::sites_changed_after(std::uint64_t count) const {
  std::vector<model::SiteId> changed;
  for (auto at = sites_by_change.upper_bound(count); at != sites_by_change.end(); ++at) {
    changed.push_back(at->second);
  }
  std::sort(changed.begin(), changed.end());
  return changed;
}

bool Index::any_changed_after(std::uint64_t count, const std::set<model::SiteId>& among) const {
  return std::any_of(sites_by_change.upper_bound(count), sites_by_change.end(),
                     [&](const auto& change) { return among.contains(change.second); });
}

void Index::site_changed(model::SiteId site) {
  SitePlaces& places = sites.at(site);
  sites_by_change.erase(places.changed);
  places.changed = places.roomier = ++changes;
  sites_by_change[changes] = site;
  site_moved(site);
}

void Index::site_moved(model::SiteId site) {
  SitePlaces& places = sites.at(site);
  sites_by_move.erase(places.moved);
  places.moved = ++moves;
  sites_by_move[moves] = site;
}

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
  for (auto at = sites_by_move.upper_bound(room.looked_at); at != sites_by_move.end(); ++at) {
    const SitePlaces& places = sites.at(at->second);
    if (places.in_touch && schedule::has_room(places.capacity, room.request)) {
      room.sites.insert(at->second);
    } else {
      room.sites.erase(at->second);
    }
  }
  room.looked_at = moves;
  return !room.sites.empty();
}

}  // namespace weir::engine
