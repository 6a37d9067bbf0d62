#include "engine/promise.h"

#include "engine/forecast.h"

namespace weir::engine {

using namespace model;

Promises promise_for(const Engine& engine, JobId id, std::uint32_t kind, base::Time now) {
  const RequestKind& of_job = engine.index().kinds[kind];
  schedule::WaitingWork next_task = waiting_work(of_job, engine.state().jobs.at(id));
  next_task.tasks = 1;
  Promises promises;
  std::optional<SiteId> best;
  for (const auto& [site_id, site] : engine.state().sites) {
    if (!site.in_touch) continue;
    schedule::Forecast forecast(engine.index().capacity.at(site_id),
                                running_work(engine.state(), engine.index(), site_id, now), now);
    const auto start = forecast.add(next_task);
    if (!start) continue;
    schedule::Promise promise{start->time, {}};
    for (const RankPlacement& rank : start->ranks) promise.nodes.insert(rank.node);
    // One promise, on the site where it starts soonest; an unknown start is later than any.
    const auto sooner = [&] {
      if (!best) return true;
      const auto& held = promises.at(*best).start;
      return promise.start && (!held || *promise.start < *held);
    };
    if (!sooner()) continue;
    promises.clear();
    promises.emplace(site_id, std::move(promise));
    best = site_id;
  }
  return promises;
}

Promises promise_before(const Engine& engine, const schedule::Position& position, base::Time now) {
  std::uint32_t tried = 0;
  for (const auto& [head, kind] : engine.index().queues().heads()) {
    if (head >= position || ++tried > Limits::blocked_classes_tried) break;
    Promises promises = promise_for(engine, head.job, kind, now);
    if (!promises.empty()) return promises;
  }
  return {};
}

const std::set<std::uint32_t>& closed_nodes(const Promises& promises, SiteId site, base::Time now,
                                            std::optional<base::Duration> time_limit) {
  static const std::set<std::uint32_t> nothing_closed;
  const auto promise = promises.find(site);
  const bool free_choice =
      promise == promises.end() || schedule::ends_before(promise->second, now, time_limit);
  return free_choice ? nothing_closed : promise->second.nodes;
}

}  // namespace weir::engine
