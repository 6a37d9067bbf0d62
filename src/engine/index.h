// What is found from the state and kept beside it, so that no question walks everything: queues by
// request class, free capacity by site, jobs by tenant, finished jobs by their end.
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

namespace weir::engine {

// Jobs that ask for the same, for the same time: if the first of them does not fit, none does.
struct RequestClass {
  schedule::Request request;
  std::optional<base::Duration> time_limit;
  std::set<schedule::Turn> queue;  // jobs that want a place
};

class Index {
 public:
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

  void set_site(const SiteRecord& site);

  std::deque<RequestClass> classes;
  std::map<model::SiteId, schedule::Capacity> capacity;
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
