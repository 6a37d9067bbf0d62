// What is found from the state and kept beside it, so that no question walks everything: queues by
// request class, capacity and its timeline by site, jobs by tenant, finished jobs by their end.
//
// A function of the state alone: an engine that was read back decides as the one that wrote it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/result.h"
#include "engine/state.h"
#include "schedule/capacity.h"
#include "schedule/order.h"
#include "schedule/request.h"
#include "schedule/timeline.h"

namespace weir::engine {

// Jobs that ask for the same, for the same time: if the first of them does not fit, none does.
struct RequestClass {
  schedule::Request request;
  std::optional<base::Duration> time_limit;
  std::set<schedule::Turn> queue;  // jobs that want a place

  // What a pass found out, for the next not to look again where nothing has changed since: no place
  // for this job (Index::changes then), and no sooner slot for its promise.
  std::uint64_t no_place_at = 0;
  model::JobId no_place_for;
  std::uint64_t no_sooner_at = 0;
  model::JobId no_sooner_for;
};

// One site, as a place for work.
struct SitePlaces {
  schedule::Capacity capacity;
  schedule::Timeline timeline;
  bool in_touch = false;
  std::uint64_t changed =
      0;  // Index::changes when there was last more room, or room of another kind
};

class Index {
 public:
  // True if the job is the first of its class that wants a place.
  [[nodiscard]] bool is_head(const JobRecord& job) const {
    const auto& queue = classes[job.request_class].queue;
    return !queue.empty() && queue.begin()->job == job.id;
  }

  // Everything anew, from a state that was read back. Requires: it is sound (engine/soundness.h).
  // Fails: invalid, a packed spec that cannot be read.
  static base::Result<Index> of(State& state);

  // The class of a job's spec, made if it is new.
  [[nodiscard]] std::uint32_t class_of(const model::JobSpec& spec);

  // A job came, changed or went. `refresh` moves it into or out of its queue.
  void add(const JobRecord& job);
  void refresh(const JobRecord& job);
  void remove(const JobRecord& job);
  void change_turn(const JobRecord& job, std::int32_t old_priority);
  void finished(const JobRecord& job);

  // A site came, or came back with other nodes; nothing runs there and nothing is promised.
  void set_site(const SiteRecord& site);
  void set_in_touch(model::SiteId site, bool in_touch);
  // There may be room now where there was none: passes look again.
  void site_changed(model::SiteId site);
  // By id. Cost: as many as there are.
  [[nodiscard]] std::vector<model::SiteId> sites_changed_after(std::uint64_t count) const;
  // Promises whose start has passed bind nobody any more: their sites have changed.
  void let_go_of_late_promises(const State& state, base::Time now);

  // An attempt takes its place, or gives it back.
  void hold(const RunningAttempt& run);
  void release(const RunningAttempt& run);
  // Its program began: from then on counts its time limit.
  void start_hold(RunningAttempt& run, base::Time started);
  // A job's promise is kept free, or no longer. Requires: it has one.
  void reserve(const JobRecord& job);
  void unreserve(const JobRecord& job);

  std::deque<RequestClass> classes;
  std::map<model::SiteId, SitePlaces> sites;
  std::uint64_t changes = 0;  // grows with each change of a site
  std::map<std::uint64_t, model::SiteId> sites_by_change;
  std::set<std::pair<base::Time, model::JobId>> promises;  // by start
  std::map<std::string, std::set<model::JobId>> by_tenant;
  std::map<std::string, std::set<model::JobId>> active_by_tenant;  // not ended
  std::set<std::pair<base::Time, model::JobId>> finished_jobs;
  std::set<model::JobId> running_jobs;  // with at least one attempt
  std::map<std::string, model::SiteId> site_by_name;
  std::set<std::pair<base::Time, std::string>> repeats_by_age;  // keys of State::repeats
  // Classes whose queue is not empty, by the turn of their first job.
  std::set<std::pair<schedule::Turn, std::uint32_t>> heads;

 private:
  std::map<std::string, std::uint32_t> class_by_key_;
};

}  // namespace weir::engine
