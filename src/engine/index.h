// What is found from the state and kept beside it, so that no question walks everything: queues by
// request class and their order, free capacity by site, tenants with what they hold, jobs by
// tenant, finished jobs by their end.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/result.h"
#include "engine/queues.h"
#include "engine/state.h"
#include "engine/tenants.h"
#include "schedule/capacity.h"
#include "schedule/order.h"
#include "schedule/request.h"

namespace weir::engine {

// What is asked for, and for how long: if one who asks for it does not fit, nobody does.
struct RequestKind {
  schedule::Request request;
  std::optional<base::Duration> time_limit;
  // Where quotas forbid some of the options that were asked for: which ones the rest are. Else
  // empty.
  std::vector<std::uint32_t> option_of;

  // The number of an option in the job's own list.
  [[nodiscard]] std::uint32_t asked_option(std::uint32_t option) const {
    return option_of.empty() ? option : option_of[option];
  }
};

// Jobs of one tenant and project that ask for the same, for the same time.
struct RequestClass {
  std::uint32_t leaf = 0;             // in the tree of tenants
  std::uint32_t asked = 0;            // the kind as it was asked for
  std::optional<std::uint32_t> open;  // what quotas allow of it; none: nothing, for the moment
  std::set<schedule::Turn> queue;     // jobs that want a place
};

class Index {
 public:
  // Everything anew, from a state that was read back. Requires: it is sound (engine/soundness.h).
  // Fails: invalid, a packed spec that cannot be read.
  static base::Result<Index> of(State& state);

  // The number of a tenant, made if it is new.
  [[nodiscard]] std::uint32_t tenant_of(State& state, const std::string& path) {
    return tenants_.node_of(state, path);
  }
  // The class of a tenant's job, made if it is new.
  [[nodiscard]] std::uint32_t class_of(State& state, const std::string& tenant,
                                       const model::JobSpec& spec);
  [[nodiscard]] const RequestKind& asked_kind(const JobRecord& job) const {
    return kinds[classes[job.request_class].asked];
  }
  // What a waiting job waits for: the options its quotas allow, or all where they allow none.
  [[nodiscard]] const RequestKind& waiting_kind(const JobRecord& job) const;
  [[nodiscard]] schedule::Turn turn_of(const JobRecord& job) const;
  [[nodiscard]] schedule::Position position_of(const JobRecord& job) const;
  // Where a job would stand, were it submitted now as this one.
  [[nodiscard]] schedule::Position position_of_new(const std::string& tenant,
                                                   const model::JobSpec& spec, model::JobId job,
                                                   base::Time now) const;

  // A job came, changed or went. `refresh` moves it into or out of its queue.
  void add(const State& state, JobRecord& job);
  void refresh(const State& state, JobRecord& job);
  void remove(const JobRecord& job);
  // Takes it out of its queue; `refresh` puts it where it belongs.
  void take_out(JobRecord& job);
  void finished(const JobRecord& job);

  void set_site(State& state, const SiteRecord& site);
  void set_policy(const State& state);
  // What a tenant may hold has changed.
  void set_tenant(const State& state, std::uint32_t tenant);

  // Device time that a placement is charged, or given back (< 0) of what was charged at `when`.
  // Call it before what it is for: `take`, `release` or `reclaim`.
  void charge(State& state, const JobRecord& job, std::int64_t device_ms, base::Time when);
  // A placement is taken or given back: capacity, shares, quotas.
  void take(State& state, const JobRecord& job, const RunningAttempt& run);
  void release(State& state, const JobRecord& job, const RunningAttempt& run);
  // Places on their way back count as held from the beginning; what is free of them is taken.
  void reclaim(State& state, const ReclaimRecord& reclaim);
  void drop_reclaim(State& state, const ReclaimRecord& reclaim);
  // All of it is back, and taken next.
  void end_reclaim(State& state, const ReclaimRecord& reclaim);
  // Time has come to `now`: past use is decayed where a step of it is over.
  void pass_time(State& state, base::Time now);

  [[nodiscard]] const Queues& queues() const { return queues_; }
  [[nodiscard]] const TenantTree& tenants() const { return tenants_; }
  // Waiting classes of a tenant and all below it.
  [[nodiscard]] const std::set<std::uint32_t>& waiting_classes(std::uint32_t tenant) const;
  // The parts of what comes back that are taken already, in the order of State::reclaims.
  [[nodiscard]] const std::vector<model::RankPlacement>& kept(const model::AttemptKey& key) const {
    return kept_.at(key);
  }

  std::deque<RequestKind> kinds;
  std::deque<RequestClass> classes;
  std::map<model::SiteId, schedule::Capacity> capacity;
  std::map<std::string, std::set<model::JobId>> by_tenant;
  std::map<std::string, std::set<model::JobId>> active_by_tenant;  // not ended
  std::set<std::pair<base::Time, model::JobId>> finished_jobs;
  std::set<model::JobId> running_jobs;  // with at least one attempt
  std::map<std::string, model::SiteId> site_by_name;
  std::set<std::pair<base::Time, std::string>> repeats_by_age;  // keys of State::repeats
  std::set<std::pair<base::Time, model::AttemptKey>> running_by_age;

 private:
  [[nodiscard]] std::uint32_t kind_of(schedule::Request request,
                                      std::optional<base::Duration> time_limit,
                                      std::vector<std::uint32_t> option_of);
  // Finds anew what quotas allow of a class, and enters its first job where it belongs.
  void open_up(const State& state, std::uint32_t class_index);
  void open_up_below(const State& state, std::uint32_t leaf);
  void enter(std::uint32_t class_index, std::optional<std::uint32_t> before);
  void note_waiting(std::uint32_t class_index, bool waits);
  void begin_keeping(const State& state, const ReclaimRecord& reclaim);
  void keep_what_is_free(const State& state, model::SiteId site);

  std::map<std::string, std::uint32_t> kind_by_key_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> class_by_leaf_and_kind_;
  std::vector<std::set<std::uint32_t>> waiting_classes_;  // by tenant
  std::map<model::AttemptKey, std::vector<model::RankPlacement>> kept_;
  TenantTree tenants_;
  Queues queues_;
};

}  // namespace weir::engine
