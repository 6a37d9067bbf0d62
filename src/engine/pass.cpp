// A pass over the queues: gives waiting tasks their places, in turn.
//
// Ideal: look at every waiting job in order of its turn and start it if it fits without delaying
// the first that does not. Shortcuts: only the first of each request class is looked at, as its
// classmates ask for the same; and after Limits::blocked_classes_tried classes that do not fit, the
// rest is left to the next pass.
#include "engine/forecast.h"
#include "engine/stepper.h"
#include "schedule/choose.h"
#include "schedule/reserve.h"

namespace weir::engine {

using namespace model;

void Stepper::place_waiting_tasks() {
  capacity_or_queue_changed_ = false;
  std::map<SiteId, schedule::Promise> promises;
  std::set<std::uint32_t> blocked;
  const auto next_head = [&]() -> std::optional<std::pair<schedule::Turn, std::uint32_t>> {
    for (const auto& head : index().heads) {
      if (!blocked.contains(head.second)) return head;
    }
    return std::nullopt;
  };
  while (blocked.size() < Limits::blocked_classes_tried) {
    const auto head = next_head();
    if (!head) return;
    if (place_one(head->first.job, head->second, promises)) continue;
    blocked.insert(head->second);
    // The first that has to wait gets a promise, if there is anybody who could break it.
    if (promises.empty() && index().heads.size() > blocked.size()) {
      promises = promise_for(head->first.job, head->second);
    }
  }
}

bool Stepper::place_one(JobId id, std::uint32_t class_index,
                        const std::map<SiteId, schedule::Promise>& promises) {
  const RequestClass& of_job = index().classes[class_index];
  const JobRecord& job = state().jobs.at(id);
  static const std::set<std::uint32_t> nothing_closed;
  for (const auto& [site_id, site] : state().sites) {
    if (!site.in_touch) continue;
    const auto promise = promises.find(site_id);
    const bool free_choice = promise == promises.end() ||
                             schedule::ends_before(promise->second, now_, of_job.time_limit);
    auto choice = schedule::choose(index().capacity.at(site_id), of_job.request,
                                   free_choice ? nothing_closed : promise->second.nodes);
    if (!choice) continue;
    const AttemptKey key = job.next_attempt();
    emit(TaskPlaced{key, site_id, choice->option, std::move(choice->ranks)});
    JobRecord& placed = state().jobs.at(id);
    wish(site_id, run_wish(state(), placed, *placed.find_running(key)));
    return true;
  }
  return false;
}

std::map<SiteId, schedule::Promise> Stepper::promise_for(JobId id, std::uint32_t class_index) {
  const RequestClass& of_job = index().classes[class_index];
  const JobRecord& job = state().jobs.at(id);
  schedule::WaitingWork next_task = waiting_work(of_job, job);
  next_task.tasks = 1;
  std::map<SiteId, schedule::Promise> promises;
  std::optional<SiteId> best;
  for (const auto& [site_id, site] : state().sites) {
    if (!site.in_touch) continue;
    schedule::Forecast forecast(index().capacity.at(site_id),
                                running_work(state(), index(), site_id, now_), now_);
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

}  // namespace weir::engine
