#include "engine/index.h"

#include "base/check.h"
#include "model/pack.h"

namespace weir::engine {

std::uint32_t Index::class_of(const model::JobSpec& spec) {
  schedule::Request request = schedule::request_of(spec);
  std::string key = schedule::request_key(request);
  if (spec.time_limit) key += "/" + std::to_string(base::to_us(*spec.time_limit));
  const auto [at, is_new] =
      class_by_key_.try_emplace(std::move(key), static_cast<std::uint32_t>(classes.size()));
  if (is_new) classes.push_back({std::move(request), spec.time_limit, {}});
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
  capacity[site.id] = schedule::Capacity(site.nodes);
}

base::Result<Index> Index::of(State& state) {
  Index index;
  for (const auto& [id, site] : state.sites) index.set_site(site);
  for (const auto& [key, repeat] : state.repeats) index.repeats_by_age.insert({repeat.when, key});
  for (auto& [id, job] : state.jobs) {
    job.request_class = index.class_of(WEIR_TRY(model::try_unpack_spec(job.packed_spec)));
    index.add(job);
    for (const RunningAttempt& run : job.running) index.capacity[run.site].take(run.ranks);
  }
  return index;
}

}  // namespace weir::engine
