#include "engine/index.h"

#include <algorithm>

#include "base/check.h"
#include "model/pack.h"

namespace weir::engine {

std::uint32_t Index::class_of(const model::JobSpec& spec) {
  schedule::Request request = schedule::request_of(spec);
  std::string key = schedule::request_key(request);
  if (spec.time_limit) key += "/" + std::to_string(base::to_us(*spec.time_limit));
  const auto [at, is_new] =
      class_by_key_.try_emplace(std::move(key), static_cast<std::uint32_t>(classes.size()));
  if (is_new) {
    classes.push_back({std::move(request), spec.time_limit, {}, 0, {}, 0, {}});
  }
  return at->second;
}

void Index::add(const JobRecord& job) {
  by_tenant[job.tenant].insert(by_tenant[job.tenant].end(), job.id);
  if (!model::is_terminal(job.state)) {
    auto& active = active_by_tenant[job.tenant];
    active.insert(active.end(), job.id);
  } else {
    finished(job);
  }
  refresh(job);
}

void Index::refresh(const JobRecord& job) {
  RequestClass& of_job = classes[job.request_class];
  const schedule::Turn turn = schedule::turn_of(job.id, job.priority);
  const auto drop_head = [&] {
    if (!of_job.queue.empty()) heads.erase({*of_job.queue.begin(), job.request_class});
  };
  const auto keep_head = [&] {
    if (!of_job.queue.empty()) heads.insert({*of_job.queue.begin(), job.request_class});
  };
  const bool queued = of_job.queue.contains(turn);
  if (job.wants_place() != queued) {
    drop_head();
    if (queued) {
      of_job.queue.erase(turn);
    } else {
      of_job.queue.insert(turn);
    }
    keep_head();
  }
  if (job.running.empty()) {
    running_jobs.erase(job.id);
  } else {
    running_jobs.insert(job.id);
  }
}

void Index::change_turn(const JobRecord& job, std::int32_t old_priority) {
  RequestClass& of_job = classes[job.request_class];
  if (!of_job.queue.empty()) heads.erase({*of_job.queue.begin(), job.request_class});
  of_job.queue.erase(schedule::turn_of(job.id, old_priority));
  if (!of_job.queue.empty()) heads.insert({*of_job.queue.begin(), job.request_class});
}

void Index::finished(const JobRecord& job) {
  WEIR_CHECK(job.end.has_value(), "a finished job has its end");
  active_by_tenant[job.tenant].erase(job.id);
  finished_jobs.insert({*job.end, job.id});
}

void Index::remove(const JobRecord& job) {
  by_tenant[job.tenant].erase(job.id);
  active_by_tenant[job.tenant].erase(job.id);
  if (job.end) finished_jobs.erase({*job.end, job.id});
}

void Index::set_site(const SiteRecord& site) {
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

void Index::site_changed(model::SiteId site) {
  SitePlaces& places = sites.at(site);
  sites_by_change.erase(places.changed);
  places.changed = ++changes;
  sites_by_change[changes] = site;
}

void Index::hold(const RunningAttempt& run) {
  SitePlaces& places = sites.at(run.site);
  places.capacity.take(run.ranks);
  places.timeline.add_hold(places.capacity, run.ranks, run.end().value_or(schedule::never));
}

void Index::start_hold(RunningAttempt& run, base::Time started) {
  SitePlaces& places = sites.at(run.site);
  places.timeline.remove_hold(places.capacity, run.ranks, run.end().value_or(schedule::never));
  if (started < run.placed) site_changed(run.site);  // by the site's clock: it ends sooner
  run.started = started;
  places.timeline.add_hold(places.capacity, run.ranks, run.end().value_or(schedule::never));
}

void Index::release(const RunningAttempt& run) {
  SitePlaces& places = sites.at(run.site);
  places.timeline.remove_hold(places.capacity, run.ranks, run.end().value_or(schedule::never));
  places.capacity.release(run.ranks);
  site_changed(run.site);
}

void Index::reserve(const JobRecord& job) {
  const PromiseRecord& promise = *job.promise;
  SitePlaces& places = sites.at(promise.site);
  const auto& option = classes[job.request_class].request.options[promise.option];
  const base::Time start = promise.start;
  const base::Time end = schedule::Stay{job.time_limit}.end_from(start);
  for (const std::uint32_t node : promise.nodes) {
    const auto demand = places.capacity.pool_of(node).demand(option);
    WEIR_CHECK(demand.has_value(), "a promise is of nodes that have what was asked for");
    places.timeline.reserve({&node, 1}, *demand, start, end, job.id.value);
  }
  promises.insert({start, job.id});
  site_changed(promise.site);  // its job may use what is kept for it
}

void Index::unreserve(const JobRecord& job) {
  const PromiseRecord& promise = *job.promise;
  sites.at(promise.site).timeline.unreserve(promise.nodes, job.id.value);
  site_changed(promise.site);
  promises.erase({promise.start, job.id});
}

void Index::let_go_of_late_promises(const State& state, base::Time now) {
  for (const auto& [start, job] : promises) {
    if (start >= now) break;
    site_changed(state.jobs.at(job).promise->site);
  }
}

base::Result<Index> Index::of(State& state) {
  Index index;
  for (const auto& [id, site] : state.sites) index.set_site(site);
  for (const auto& [key, repeat] : state.repeats) index.repeats_by_age.insert({repeat.when, key});
  for (auto& [id, job] : state.jobs) {
    job.request_class = index.class_of(WEIR_TRY(model::try_unpack_spec(job.packed_spec)));
    index.add(job);
    for (const RunningAttempt& run : job.running) index.hold(run);
    if (job.promise) index.reserve(job);
  }
  return index;
}

}  // namespace weir::engine
