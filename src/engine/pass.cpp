// A pass over the queues: gives waiting tasks their places, in turn.
//
// Ideal: look at every waiting job in order of its turn and start it if it fits without delaying
// the first that does not. Shortcuts: only the first of each request class is looked at, as its
// classmates ask for the same; and after Limits::blocked_classes_tried classes that do not fit, the
// rest is left to the next pass.
#include "engine/stepper.h"
#include "schedule/choose.h"

namespace weir::engine {

using namespace model;

void Stepper::place_waiting_tasks() {
  capacity_or_queue_changed_ = false;
  Promises promises;
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
      promises = promise_for(engine_, head->first.job, head->second, now_);
    }
  }
}

bool Stepper::place_one(JobId id, std::uint32_t class_index, const Promises& promises) {
  const RequestClass& of_job = index().classes[class_index];
  const JobRecord& job = state().jobs.at(id);
  for (const auto& [site_id, site] : state().sites) {
    if (!site.in_touch) continue;
    auto choice = schedule::choose(index().capacity.at(site_id), of_job.request,
                                   closed_nodes(promises, site_id, now_, of_job.time_limit));
    if (!choice) continue;
    const AttemptKey key = job.next_attempt();
    emit(TaskPlaced{key, site_id, choice->option, std::move(choice->ranks)});
    JobRecord& placed = state().jobs.at(id);
    wish(site_id, run_wish(state(), placed, *placed.find_running(key)));
    return true;
  }
  return false;
}

}  // namespace weir::engine
