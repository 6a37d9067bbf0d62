// A pass over the queues: gives waiting tasks their places, in turn.
//
// Ideal: look at every waiting job in order of its turn and start it if it fits without delaying
// the first that does not. Shortcuts: only the first of each kind of request is looked at, as all
// others ask for the same; what quotas forbid is not in the order at all (engine/index.h); and
// after Limits::blocked_classes_tried kinds that do not fit, the rest is left to the next pass.
#include "engine/stepper.h"
#include "schedule/choose.h"
#include "schedule/quota.h"

namespace weir::engine {

using namespace model;

void Stepper::place_waiting_tasks() {
  capacity_or_queue_changed_ = false;
  renew_budgets();
  place_reclaimed();
  Promises promises;
  std::set<std::uint32_t> blocked;
  const auto next_head = [&]() -> std::optional<Queues::Heads::value_type> {
    for (const auto& head : index().queues().heads()) {
      if (!blocked.contains(head.second)) return head;
    }
    return std::nullopt;
  };
  while (blocked.size() < Limits::blocked_classes_tried) {
    const auto head = next_head();
    if (!head) break;
    if (place_one(head->first.job, head->second, promises)) continue;
    blocked.insert(head->second);
    // The first that has to wait gets a promise, if there is anybody who could break it.
    if (promises.empty() && index().queues().heads().size() > blocked.size()) {
      promises = promise_for(engine_, head->first.job, head->second, now_);
    }
  }
  reclaim_guaranteed();
}

bool Stepper::place_one(JobId id, std::uint32_t kind, const Promises& promises) {
  const RequestKind& of_job = index().kinds[kind];
  const JobRecord& job = state().jobs.at(id);
  for (const auto& [site_id, site] : state().sites) {
    if (!site.in_touch) continue;
    auto choice = schedule::choose(index().capacity.at(site_id), of_job.request,
                                   closed_nodes(promises, site_id, now_, of_job.time_limit));
    if (!choice) continue;
    const std::uint32_t leaf = index().classes[job.request_class].leaf;
    if (const auto most = index().tenants().cpus_left(state(), leaf)) {
      schedule::trim_cpus(choice->ranks, of_job.request.options[choice->option].cpus, *most);
    }
    place({job.next_attempt(), site_id, of_job.asked_option(choice->option),
           std::move(choice->ranks)});
    return true;
  }
  return false;
}

void Stepper::place(TaskPlaced placed) {
  const AttemptKey key = placed.attempt;
  const SiteId site = placed.site;
  emit(std::move(placed));
  JobRecord& job = state().jobs.at(key.job);
  wish(site, run_wish(state(), job, *job.find_running(key)));
}

}  // namespace weir::engine
