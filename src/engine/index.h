// What is found from the state and kept beside it, so that no question walks everything: queues by
// request class and their order, capacity and its timeline by site, tenants with what they hold,
// jobs by tenant, finished jobs by their end.
//
// A function of the state alone: an engine that was read back decides as the one that wrote it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/id_map.h"
#include "base/id_set.h"
#include "base/last_touched.h"
#include "base/result.h"
#include "base/sorted_blocks.h"
#include "engine/energy.h"
#include "engine/network_book.h"
#include "engine/power_book.h"
#include "engine/queues.h"
#include "engine/state.h"
#include "engine/tenants.h"
#include "engine/turn_work.h"
#include "schedule/capacity.h"
#include "schedule/choose.h"
#include "schedule/order.h"
#include "schedule/request.h"
#include "schedule/score_book.h"
#include "schedule/throughput.h"
#include "schedule/timeline.h"

namespace weir::engine {

// What is asked for, and for how long: if one who asks for it does not fit, nobody does.
struct RequestKind {
  schedule::Request request;
  std::uint32_t asks = 0;  // the request's number: Index::rooms
  std::optional<base::Duration> time_limit;
  bool takes_turns = false;  // engine::takes_turns: it is promised nothing, unlike what stays
  model::Objective objective = {};
  // Where quotas forbid some of the options that were asked for: which ones the rest are. Else
  // empty.
  std::vector<std::uint32_t> option_of;

  // The same request open to every site that its data may come to; where it reads nothing, the
  // same.
  schedule::Request reach = {};

  // How fast each option goes and how long it takes at most (empty: not known), and the turns in
  // which the policy tries them.
  std::vector<std::int64_t> rates = {};
  std::vector<base::Duration> runs = {};
  schedule::Turns turns = {};

  // The number of an option in the job's own list.
  [[nodiscard]] std::uint32_t asked_option(std::uint32_t option) const {
    return option_of.empty() ? option : option_of[option];
  }
};

// How long work of a kind may stay: without a limit longer than with any, and less than too long.
[[nodiscard]] inline base::Duration stay_of(const RequestKind& kind) {
  return kind.time_limit.value_or(base::Duration::max() - base::Duration(1));
}

// Where there is room for a request, were everything free open to it: a site that has none has none
// for any kind that asks for it, however long it stays.
struct RequestRoom {
  schedule::Request request;
  base::IdSet<model::SiteId> sites = {};  // with room as of the last look
  std::uint64_t looked_at = 0;            // Index::moves then
  // Whoever holds no promise and stays that long or longer found no place: what was promised to
  // others was in the way wherever there was room (Index::changes then; 0: not known).
  base::Duration no_place_from{};
  std::uint64_t no_place_at = 0;
  // No start on a site is sooner than this for whoever holds no promise and stays at least so long,
  // unless there is more room since (SitePlaces::roomier).
  struct Soonest {
    std::uint64_t looked_at = 0;  // Index::changes then
    base::Duration stay{};
    base::Time start;
  };
  base::IdMap<model::SiteId, Soonest> soonest = {};
  // Those who ask for it and hold a promise, by its start, with what they have found out (each as
  // of an Index::changes; 0: nothing).
  struct Holder {
    std::uint64_t no_place_at = 0;   // no place
    std::uint64_t no_sooner_at = 0;  // no sooner start that is worth another promise
  };
  std::map<std::pair<base::Time, model::JobId>, Holder> promised = {};
};

// Jobs of one tenant and project that ask for the same, for the same time.
struct RequestClass {
  std::uint32_t leaf = 0;             // in the tree of tenants
  std::uint32_t asked = 0;            // the kind as it was asked for
  std::optional<std::uint32_t> open;  // what quotas allow of it; none: nothing, for the moment
  base::SortedBlocks<schedule::Turn> queue;  // jobs that want a place
};

// What a job's `where` and its data leave of the sites.
struct SiteFilter {
  model::WhereSpec where;
  std::vector<model::DatasetId> inputs;
  // Only sites at which all of it lies; false: those to which it may come as well.
  bool there = false;
  // Of these datasets it leaves new versions, which lie where it runs.
  std::string tenant;  // "" where there are none
  std::vector<std::string> outputs;

  friend auto operator<=>(const SiteFilter&, const SiteFilter&) = default;
};

// Devices, or processors of what asks for none, times how long it may run.
struct WorkAhead {
  std::int64_t devices_ms = 0;
  std::int64_t cpus_ms = 0;

  void add(const WorkAhead& other, std::int64_t times = 1) {
    devices_ms += other.devices_ms * times;
    cpus_ms += other.cpus_ms * times;
  }
};

// One site, as a place for work.
struct SitePlaces {
  schedule::Capacity capacity;
  schedule::Timeline timeline;
  // What the rule of placing makes of its nodes, as far as it was asked: a cache.
  mutable schedule::ScoreBook scores;
  bool takes_work = false;
  // Index::changes when there was last more room, or room of another kind.
  std::uint64_t changed = 0;
  std::uint64_t roomier = 0;  // the same, where a new promise does not count
  std::uint64_t grown = 0;    // Index::moves when there was last more room
  std::set<std::pair<base::Time, model::JobId>> promises;  // by start
  WorkAhead ahead;                                         // of all that waits and is directed here
};

// What the order knows of it.
[[nodiscard]] inline schedule::Ordered ordered(const JobRecord& job) {
  return {job.priority, job.time_limit, job.last_start(), job.submitted, job.id};
}

class Index {
 public:
  // True if quotas allow this option of the job's own list for the moment.
  [[nodiscard]] bool is_open(const JobRecord& job, std::uint32_t option) const;

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
  // What one of its tasks brings; nothing where it may run for ever.
  [[nodiscard]] WorkAhead work_of(const JobRecord& job) const;
  [[nodiscard]] const RequestKind& asked_kind(const JobRecord& job) const {
    return kinds[classes[job.request_class].asked];
  }
  // What a job asks for that is not there yet.
  [[nodiscard]] RequestKind kind_of_new(const schedule::Request& request,
                                        const model::JobSpec& spec) const;
  // What a waiting job waits for: the options its quotas allow, or all where they allow none.
  [[nodiscard]] const RequestKind& waiting_kind(const JobRecord& job) const;
  [[nodiscard]] schedule::Turn turn_of(const JobRecord& job) const;
  // When it may be promised a start (schedule/order.h).
  [[nodiscard]] base::Time due_of(const JobRecord& job) const {
    return schedule::due_of(queues_.order(), ordered(job));
  }
  [[nodiscard]] schedule::Position position_of(const JobRecord& job) const;
  // Where a job would stand, were it submitted now as this one.
  [[nodiscard]] schedule::Position position_of_new(const std::string& tenant,
                                                   const model::JobSpec& spec, model::JobId job,
                                                   base::Time now) const;

  // Of work that takes turns.
  [[nodiscard]] const TurnWork& turn_work(const JobRecord& job) const {
    return turn_book_.of(job, asked_kind(job).request, throughputs_);
  }
  [[nodiscard]] std::span<const std::int64_t> rates_beside(const TurnWork& work,
                                                           const TurnWork& other) const {
    return turn_book_.rates_beside(throughputs_, work.kind, other.kind);
  }
  // Its place is decided about in rounds: it writes checkpoints, and runs on whole devices of one
  // model.
  [[nodiscard]] bool takes_turns(const State& state, const JobRecord& job) const {
    return state.policy.rounds && job.takes_turns && turn_work(job).devices > 0;
  }
  void forget_turn_work(model::JobId job) { turn_book_.forget(job); }
  // The models of all devices there are, by name.
  [[nodiscard]] const std::vector<std::string>& device_models() const {
    return turn_book_.models();
  }
  // Of the first device that an attempt holds; "": it holds none.
  [[nodiscard]] static std::string device_model(const State& state, const RunningAttempt& run);

  // What it adds to what waits for a site counts no longer; `refresh` counts it again.
  void stop_counting(JobRecord& job);

  // A job came, changed or went. `refresh` moves it into or out of its queue.
  void add(const State& state, JobRecord& job);
  void refresh(const State& state, JobRecord& job);
  void remove(const JobRecord& job);
  // Takes it out of its queue; `refresh` puts it where it belongs.
  void take_out(JobRecord& job);
  void finished(const JobRecord& job);

  // A site came, or came back with other nodes; nothing runs there and nothing is promised.
  void set_site(State& state, const SiteRecord& site);
  void set_takes_work(model::SiteId site, bool takes_work);
  // Others than Weir hold this of the site from now on. Requires: it is free but for what they
  // held.
  void set_others(const SiteRecord& site, const std::vector<model::RankPlacement>& held);
  // True if one of these sites has changed since there were `count` changes. Cost: as many as have.
  [[nodiscard]] bool any_changed_after(std::uint64_t count,
                                       const base::IdSet<model::SiteId>& among) const;
  // There may be room now where there was none: passes look again.
  void site_changed(model::SiteId site);
  // Those that have, by id. Cost: likewise.
  [[nodiscard]] std::vector<model::SiteId> sites_changed_after(
      std::uint64_t count, const base::IdSet<model::SiteId>& among) const;
  // What is free on a site is more or less now.
  void site_moved(model::SiteId site);
  // Looks again where there is room for a request. False: nowhere.
  bool find_room(RequestRoom& room) const;
  // Promises whose start has passed bind nobody any more: their sites have changed.
  void let_go_of_late_promises(const State& state, base::Time now);

  void set_policy(const State& state);
  // Other rates are known: whoever waits with alternatives is of another kind now.
  void set_throughputs(State& state);
  // What a tenant may hold has changed.
  void set_tenant(const State& state, std::uint32_t tenant);
  // Other things are known of energy.
  void set_power(const State& state) {
    energy_.set(state.power);
    power_.set(state, energy_, running_jobs);
  }
  // What waits costs something else now: budgets of money bear less of it, or more.
  void set_prices(const State& state);

  // Datasets and the network changed: which sites are open to whom, and what is kept of links.
  void set_network(const State& state);
  void dataset_changed(const State& state, const model::Dataset& dataset);
  void name_dataset(const model::Dataset& dataset);
  void forget_dataset(const model::Dataset& dataset);
  // Of a tenant's; version 0: the newest. None: there is none.
  [[nodiscard]] std::optional<model::DatasetId> find_dataset(const std::string& tenant,
                                                             const std::string& name,
                                                             std::uint32_t version) const;
  // What a job reads; one that is not there any more is number 0.
  [[nodiscard]] std::vector<model::DatasetId> inputs_of(const std::string& tenant,
                                                        const model::JobSpec& spec) const;
  // Sites that a job may run at; `there`: only those where its data lies.
  [[nodiscard]] SiteFilter filter_for(const std::string& tenant, const model::JobSpec& spec,
                                      bool there) const;
  // Why a site is not open to it, as a limit and in words; none: it is.
  [[nodiscard]] std::optional<model::Obstacle> closed_by(const State& state,
                                                         const SiteFilter& filter,
                                                         const std::string& site) const;
  [[nodiscard]] const SiteFilter& filter(std::uint32_t number) const {
    return filters_[number - 1];
  }
  [[nodiscard]] NetworkBook& network() { return network_; }
  [[nodiscard]] const NetworkBook& network() const { return network_; }

  // What a placement is charged, and what is given back of what was charged at `charged`. Call it
  // before what it is for: `take`, `release` or `reclaim`.
  void charge(State& state, const JobRecord& job, const schedule::Charge& more);
  void give_back(State& state, const JobRecord& job, const schedule::Charge& less,
                 base::Time charged);
  // A placement is taken or given back: capacity and its timeline, shares, quotas.
  void take(State& state, const JobRecord& job, const RunningAttempt& run);
  void release(State& state, const JobRecord& job, const RunningAttempt& run);
  // Its program began: from then on counts its time limit.
  void start_hold(RunningAttempt& run, base::Time started);
  // It is to stop. What it leaves to a reclaim, nobody else is promised.
  void stop_hold(RunningAttempt& run, model::Reason reason);
  // A job's promise is kept free, or no longer. Requires: it has one.
  void reserve(const JobRecord& job);
  void unreserve(const JobRecord& job);
  // Places on their way back count as held from the beginning; what is free of them is taken.
  void reclaim(State& state, const ReclaimRecord& reclaim);
  void drop_reclaim(State& state, const ReclaimRecord& reclaim);
  // All of it is back, and taken next.
  void end_reclaim(State& state, const ReclaimRecord& reclaim);
  // Time has come to `now`: past use is decayed where a step of it is over.
  void pass_time(State& state, base::Time now);

  // Grows whenever quotas allow a waiting class something else.
  [[nodiscard]] std::uint64_t openings() const { return openings_; }
  [[nodiscard]] const Queues& queues() const { return queues_; }
  [[nodiscard]] const TenantTree& tenants() const { return tenants_; }
  [[nodiscard]] const schedule::Throughputs& throughputs() const { return throughputs_; }
  [[nodiscard]] const EnergyBook& energy() const { return energy_; }
  // What each site draws, and may.
  [[nodiscard]] const PowerBook& power() const { return power_; }
  // Waiting classes of a tenant and all below it.
  [[nodiscard]] const std::set<std::uint32_t>& waiting_classes(std::uint32_t tenant) const;
  // The parts of what comes back that are taken already, in the order of State::reclaims.
  [[nodiscard]] const std::vector<model::RankPlacement>& kept(const model::AttemptKey& key) const {
    return kept_.at(key);
  }

  std::deque<RequestRoom> rooms;
  std::deque<RequestKind> kinds;
  std::deque<RequestClass> classes;
  base::IdMap<model::SiteId, SitePlaces> sites;
  // How often a site has changed, and how often what is free on one has.
  std::uint64_t changes = 0;
  std::uint64_t moves = 0;
  std::set<std::pair<base::Time, model::JobId>> promises;  // by start
  std::set<std::uint32_t> promised_rooms;                  // those with `promised`
  // The versions of wanted states that the running step has changed, as they were before.
  std::map<model::SiteId, std::uint64_t> wanted_before;
  std::map<std::string, base::IdSet<model::JobId>> by_tenant;
  std::map<std::string, base::IdSet<model::JobId>> active_by_tenant;  // not ended
  std::set<std::pair<base::Time, model::JobId>> finished_jobs;
  base::IdSet<model::JobId> running_jobs;  // with at least one attempt
  base::IdSet<model::JobId> elastic;       // those of them that are elastic gangs
  base::IdSet<model::JobId> movable;       // those of the others that write checkpoints
  // Those in the queue that have a deadline, by when they have to begin at the latest.
  std::set<std::pair<base::Time, model::JobId>> last_starts;
  // Those that wait for cheaper or cleaner energy, by when they wait no longer.
  std::set<std::pair<base::Time, model::JobId>> deferred;
  std::map<std::string, model::SiteId> site_by_name;
  // Jobs that have not ended: by what they read, and by where they are directed.
  std::map<model::DatasetId, base::IdSet<model::JobId>> readers;
  std::map<model::SiteId, base::IdSet<model::JobId>> directed;
  base::IdSet<model::JobId> undirected;  // that read something
  // Of those in the queue, by when a better site is looked for.
  std::set<std::pair<base::Time, model::JobId>> looks;
  std::set<model::DatasetId> ruled;                             // datasets with rules
  std::set<std::pair<base::Time, std::string>> repeats_by_age;  // keys of State::repeats
  base::SortedBlocks<std::pair<base::Time, model::AttemptKey>> running_by_age;

 private:
  [[nodiscard]] std::uint32_t room_of(const schedule::Request& request);
  [[nodiscard]] std::uint32_t kind_of(schedule::Request request, std::uint32_t reach_filter,
                                      const model::JobSpec& spec, std::vector<std::int64_t> rates);
  // The kind that is left of one where quotas allow some of its options. It is nobody's else, even
  // if another kind's rest asks for the same: of one kind a leaf has one queue.
  [[nodiscard]] std::uint32_t kind_of_part(std::uint32_t asked,
                                           std::vector<std::uint32_t> option_of);
  void set_speeds(RequestKind& kind, std::vector<std::int64_t> rates) const;
  // Finds anew what quotas allow of a class, and enters its first job where it belongs.
  void open_up(const State& state, std::uint32_t class_index);
  void open_up_below(const State& state, std::uint32_t leaf);
  void enter(std::uint32_t class_index);
  void note_waiting(std::uint32_t class_index, bool waits);
  void set_places(const State& state, const SiteRecord& site);
  // The number of a filter, made if it is new; 0 where everything is open.
  [[nodiscard]] std::uint32_t filter_of(const State& state, SiteFilter filter);
  void apply_filter(const State& state, std::uint32_t number, model::SiteId site);
  void apply_filters(const State& state, model::SiteId site);
  // Counts it where it is directed to, or no longer.
  void count_directed(JobRecord& job);
  void note_look(JobRecord& job);
  void hold(const RunningAttempt& run);
  void begin_keeping(const State& state, const ReclaimRecord& reclaim);
  void keep_what_is_free(const State& state, model::SiteId site);

  base::LastTouched<model::SiteId> changed_sites_;  // by `changes`
  base::LastTouched<model::SiteId> moved_sites_;    // by `moves`
  std::map<std::string, std::uint32_t> room_by_key_;
  // By request, time limit, turns, objective and rates: numbers, which are compared quickly where
  // there are many.
  using KindKey = std::tuple<std::uint32_t, std::optional<base::Duration>, bool, model::Objective,
                             std::vector<std::int64_t>>;
  std::map<KindKey, std::uint32_t> kind_by_key_;
  std::map<std::pair<std::uint32_t, std::vector<std::uint32_t>>, std::uint32_t> kind_by_part_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> class_by_leaf_and_kind_;
  std::vector<std::set<std::uint32_t>> waiting_classes_;  // by tenant
  std::map<model::AttemptKey, std::vector<model::RankPlacement>> kept_;
  std::uint64_t openings_ = 0;
  base::Time late_before_ = base::Time::min();  // promises before it have been let go of
  model::ChoiceRule choice_ = model::Policy{}.choice;
  schedule::Throughputs throughputs_;
  EnergyBook energy_;
  NetworkBook network_;
  std::vector<SiteFilter> filters_;
  std::map<SiteFilter, std::uint32_t> filter_numbers_;
  std::map<model::DatasetId, std::set<std::uint32_t>> filters_by_dataset_;
  std::map<std::pair<std::string, std::string>, std::set<std::uint32_t>> filters_by_output_;
  std::map<std::tuple<std::string, std::string, std::uint32_t>, model::DatasetId> datasets_by_name_;
  PowerBook power_;
  mutable TurnBook turn_book_;
  TenantTree tenants_;
  Queues queues_;
};

}  // namespace weir::engine
