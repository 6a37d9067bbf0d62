// Everything the control plane knows, as plain records. What can be found again from these (queues,
// free capacity, indices) is in engine/index.h and not here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id_map.h"
#include "engine/rounds.h"
#include "model/attempt.h"
#include "model/fact.h"
#include "schedule/cost.h"
#include "schedule/scarcity.h"
#include "schedule/share.h"
#include "schedule/usual_work.h"

namespace weir::engine {

// An attempt that has been placed and has not ended.
struct RunningAttempt {
  model::AttemptKey key;
  model::AttemptPhase phase = model::AttemptPhase::starting;
  model::Reason stopping = model::Reason::none;  // not none: it is wanted no longer
  model::SiteId site;
  std::uint32_t option = 0;
  std::vector<model::RankPlacement> ranks;
  base::Time placed;
  std::optional<base::Time> started;
  std::optional<base::Duration> time_limit;  // the job's when it was placed
  std::int64_t charged_device_ms = 0;        // to the budgets of its tenants, when it was placed
  std::int64_t charged_micro_cny = 0;        // likewise
  std::int64_t hour_micro_cny = 0;           // what an hour of it cost then
  // When it was charged; none: when it was placed. A place that came back is charged before.
  std::optional<base::Time> charged = std::nullopt;
  std::optional<base::Time> rests = std::nullopt;  // since then, as its round is over for it
  std::optional<base::Time> told = std::nullopt;   // when it was told to stop

  // The latest; none: it has no time limit.
  [[nodiscard]] std::optional<base::Time> end() const {
    if (!time_limit) return std::nullopt;
    return started.value_or(placed) + *time_limit;
  }

  [[nodiscard]] schedule::Charge charge() const { return {charged_device_ms, charged_micro_cny}; }

  friend bool operator==(const RunningAttempt&, const RunningAttempt&) = default;
};
WEIR_DESCRIBE(RunningAttempt, key, phase, stopping, site, option, ranks, placed, started,
              time_limit, charged_device_ms, charged_micro_cny, hour_micro_cny, charged, rests,
              told)

struct EndedAttempt {
  RunningAttempt run;
  base::Time ended;
  model::Outcome outcome;
  bool again = false;  // the task was queued for another attempt
  // Of one that was lost with its site: the site has told its end since.
  bool told_late = false;

  friend bool operator==(const EndedAttempt&, const EndedAttempt&) = default;
};
WEIR_DESCRIBE(EndedAttempt, run, ended, outcome, again, told_late)

// A task that waits for a further attempt.
struct TaskAgain {
  std::uint32_t task = 0;
  std::uint32_t attempt = 0;  // the one to come

  friend bool operator==(const TaskAgain&, const TaskAgain&) = default;
};
WEIR_DESCRIBE(TaskAgain, task, attempt)

// What a waiting job was told of its next task, and what is kept for it.
struct PromiseRecord {
  model::SiteId site;
  std::uint32_t option = 0;
  std::vector<std::uint32_t> nodes;
  base::Time start;  // at the latest
  base::Time made;

  friend bool operator==(const PromiseRecord&, const PromiseRecord&) = default;
};
WEIR_DESCRIBE(PromiseRecord, site, option, nodes, start, made)

// A job. Its spec stays packed (model/pack.h) until somebody needs the whole of it: most of a deep
// queue is never looked at, and so costs little more than its own text.
struct JobRecord {
  model::JobId id;
  std::string tenant;
  std::string submitted_by;
  std::string packed_spec;
  std::int32_t priority = 50;
  std::optional<base::Duration> time_limit;
  model::ArraySpec array;
  std::uint32_t nodes = 1;

  model::JobState state = model::JobState::queued;
  model::Reason reason = model::Reason::none;  // once it has ended
  std::int32_t exit_code = 0;
  std::int32_t signal = 0;
  std::string message;
  bool held = false;
  std::optional<base::Time> deferred_until;  // it may wait until then, and better does
  std::vector<model::DatasetId> inputs;      // what it reads
  // Where it is to run by what is known of its data, until it is placed; none: it reads nothing, or
  // nobody could say.
  std::optional<model::SiteId> directed_to;
  bool staging = false;                  // some of it is on its way there
  std::optional<base::Time> look_again;  // while it waits in the queue: for a better site
  bool cancelled = false;
  std::string cancelled_by;

  std::uint32_t next_ordinal = 0;              // tasks from here on have never been placed
  std::vector<TaskAgain> again;                // by task
  std::vector<std::uint32_t> cancelled_tasks;  // single tasks that were cancelled, ascending
  std::vector<RunningAttempt> running;         // by key
  std::vector<EndedAttempt> ended;             // as they ended
  std::uint32_t succeeded = 0;                 // tasks
  std::uint32_t failed = 0;
  std::uint32_t stopped = 0;

  std::optional<PromiseRecord> promise;  // only while it wants a place

  base::Time submitted;
  std::optional<base::Time> first_start;
  std::optional<base::Time> end;
  std::uint64_t first_sequence = 0;  // journal rows that speak of it lie between these
  std::uint64_t last_sequence = 0;
  bool reclaims = false;  // its next task gets a place back: see ReclaimRecord
  std::optional<base::Time> deadline;
  bool deadline_missed = false;                    // by what still waited
  std::uint32_t nodes_most = 0;                    // of an elastic gang; 0: it is none
  std::optional<base::Duration> checkpoint_every;  // by its own word
  bool takes_turns = false;                        // under a policy with rounds: turn_work.h
  std::optional<std::int64_t> steps_micro;         // likewise: all of its work
  std::int64_t done_micro = 0;  // of it, as of its last rest; without steps: microseconds
  std::uint32_t turns = 0;      // attempts that ended with their turns
  // Of all that have ended, by the sites' model of power; none: nothing has.
  std::optional<model::Footprint> footprint;
  bool pausable = false;    // it may be stopped for a while for want of power
  base::Duration notice{};  // that it asks for before it is stopped
  // What its attempts that were paused have done, up to their last checkpoints; of arrays none.
  base::Duration kept{};

  std::uint32_t request_class = 0;          // index in Index::classes; found again, not described
  bool queued = false;                      // it stands in its class's queue; likewise
  std::optional<model::SiteId> counted_at;  // its work waits for this site; likewise
  std::optional<model::SiteId> listed_at;   // in Index::directed; likewise
  std::optional<base::Time> looked_at;      // in Index::looks; likewise

  // Whoever begins later and runs for as long as it may is not done by the deadline.
  [[nodiscard]] std::optional<base::Time> last_start() const {
    return model::last_start(deadline, time_left());
  }
  // Of its time limit, what it needs at most from its last checkpoint on.
  [[nodiscard]] std::optional<base::Duration> time_left() const {
    if (!time_limit) return time_limit;
    return std::max(*time_limit - kept, base::Duration(0));
  }
  // How long a task that is placed now may run.
  [[nodiscard]] std::optional<base::Duration> limit_from(base::Time now) const;
  // Tasks that could be placed now or later.
  [[nodiscard]] std::uint32_t waiting() const;
  // The attempt to place next. Requires waiting() > 0.
  [[nodiscard]] model::AttemptKey next_attempt() const;
  [[nodiscard]] bool at_its_array_limit() const {
    return array.at_once != 0 && running.size() >= array.at_once;
  }
  // True if its next task is to be placed as soon as there is room.
  [[nodiscard]] bool wants_place() const {
    return !held && !deferred_until && !staging && !reclaims && !model::is_terminal(state) &&
           waiting() > 0 && !at_its_array_limit();
  }
  [[nodiscard]] RunningAttempt* find_running(model::AttemptKey key);
  // How much of what one of its attempts has done is lost if that ends now.
  [[nodiscard]] base::Duration time_lost(const RunningAttempt& run, base::Time now) const;
  // What the small state is, from all of the above. Requires: not ended.
  [[nodiscard]] model::JobState live_state() const;
};
WEIR_DESCRIBE(JobRecord, id, tenant, submitted_by, packed_spec, priority, time_limit, array, nodes,
              state, reason, exit_code, signal, message, held, cancelled, cancelled_by,
              next_ordinal, again, cancelled_tasks, running, ended, succeeded, failed, stopped,
              promise, submitted, first_start, end, first_sequence, last_sequence, reclaims,
              deadline, deadline_missed, nodes_most, checkpoint_every, takes_turns, steps_micro,
              done_micro, turns, deferred_until, footprint, inputs, directed_to, staging, pausable,
              notice, kept, look_again)

struct SiteRecord {
  model::SiteId id;
  std::string name;
  std::uint64_t epoch = 0;
  bool in_touch = false;
  base::Time heard;
  std::uint64_t wanted_version = 0;
  std::vector<model::Node> nodes;
  model::SiteStanding standing = model::SiteStanding::active;
  std::vector<model::RankPlacement> others;  // what others than Weir hold of its nodes

  [[nodiscard]] bool takes_work() const {
    return in_touch && standing == model::SiteStanding::active;
  }
};
WEIR_DESCRIBE(SiteRecord, id, name, epoch, in_touch, heard, wanted_version, nodes, standing, others)

// A submission that came with an idempotency key, so that its repetition gives the same jobs.
struct RepeatRecord {
  std::string key;  // tenant, principal and key
  model::JobId first_job;
  std::uint32_t jobs = 0;
  std::string content;  // SHA-256 of what was submitted
  base::Time when;
};
WEIR_DESCRIBE(RepeatRecord, key, first_job, jobs, content, when)

// A tenant, or the work that belongs to one itself (its path with a `/` behind it), whether it was
// set up or only submitted something. Its place in State::tenants is its number, for good.
struct TenantRecord {
  model::Tenant settings;
  bool is_set = false;
  schedule::Amounts past;         // schedule/share.h
  base::Time accrued;             // `past` counts up to here
  base::Time since;               // what it holds has not changed from here on
  std::int64_t spent_period = 0;  // of its budget
  std::int64_t spent_device_ms = 0;
  std::int64_t spent_micro_cny = 0;

  [[nodiscard]] schedule::Charge spent() const { return {spent_device_ms, spent_micro_cny}; }
  void set_spent(const schedule::Charge& spent) {
    spent_device_ms = spent.device_ms;
    spent_micro_cny = spent.micro_cny;
  }
};
WEIR_DESCRIBE(TenantRecord, settings, is_set, past, accrued, since, spent_period, spent_device_ms,
              spent_micro_cny)

// Places on their way back to one who has a guarantee. What of them is free is kept.
struct ReclaimRecord {
  model::AttemptKey attempt;
  model::SiteId site;
  std::uint32_t option = 0;
  std::vector<model::RankPlacement> ranks;
  std::vector<model::AttemptKey> from;
  std::int64_t charged_device_ms = 0;
  base::Time since;
  std::int64_t charged_micro_cny = 0;
  std::int64_t hour_micro_cny = 0;

  [[nodiscard]] schedule::Charge charge() const { return {charged_device_ms, charged_micro_cny}; }
};
WEIR_DESCRIBE(ReclaimRecord, attempt, site, option, ranks, from, charged_device_ms, since,
              charged_micro_cny, hour_micro_cny)

// What is usually asked for, by which `fragmentation` and `scarcity` place: of the work that waited
// or ran when it was last counted. It is counted anew once an eighth as many jobs came since, so
// that it costs a submission little and is the same for whoever reads the state back.
struct UsualRecord {
  schedule::UsualWork work;
  std::uint64_t jobs = 0;      // that were counted
  std::uint64_t last_job = 0;  // State::last_job then
  schedule::PlacesLeft left;   // for it, under `scarcity`
  std::uint32_t placed = 0;    // ranks since that was counted
};
WEIR_DESCRIBE(UsualRecord, work, jobs, last_job, left, placed)

// Bytes could not be brought from there: it is not tried again before then.
struct FailedTransfer {
  model::DatasetId dataset;
  model::SiteId from;
  model::SiteId to;
  std::uint32_t times = 0;
  base::Time until;
};
WEIR_DESCRIBE(FailedTransfer, dataset, from, to, times, until)

// What a room drew in one part of a request's time, by the model.
struct PowerDelivered {
  base::Time from;
  std::int64_t milliwatt_ms = 0;
  std::int64_t covered_ms = 0;
  std::int64_t most_milliwatts = 0;

  friend bool operator==(const PowerDelivered&, const PowerDelivered&) = default;
};
WEIR_DESCRIBE(PowerDelivered, from, milliwatt_ms, covered_ms, most_milliwatts)

// An attempt that was stopped while a request was on.
struct PowerTouched {
  model::AttemptKey attempt;
  model::PowerTouch touch;
  base::Time at;

  friend bool operator==(const PowerTouched&, const PowerTouched&) = default;
};
WEIR_DESCRIBE(PowerTouched, attempt, touch, at)

// A request to draw less, and what came of it.
struct PowerRecord {
  model::PowerRequest request;
  std::optional<base::Time> withdrawn;
  base::Time accounted;  // `delivered` counts up to here
  std::vector<PowerDelivered> delivered;
  std::vector<PowerTouched> touched;

  [[nodiscard]] base::Time end() const {
    return std::min(request.until, withdrawn.value_or(request.until));
  }
};
WEIR_DESCRIBE(PowerRecord, request, withdrawn, accounted, delivered, touched)

struct State {
  std::uint64_t sequence = 0;  // of the last journal row that is in here
  std::uint64_t last_job = 0;
  std::uint64_t last_site = 0;
  std::uint64_t last_token = 0;
  base::Time control_plane_started;
  base::IdMap<model::JobId, JobRecord> jobs;
  base::IdMap<model::SiteId, SiteRecord> sites;
  std::map<model::TokenId, model::Token> tokens;
  std::map<std::string, std::map<std::string, std::string>> secrets;  // tenant → name → sealed
  std::map<std::string, RepeatRecord> repeats;
  model::Policy policy;
  base::Time time;  // of the last journal row that is in here
  std::vector<TenantRecord> tenants;
  std::vector<std::string> resources;   // the device models behind schedule::Amounts, from 2 on
  std::vector<ReclaimRecord> reclaims;  // by age
  UsualRecord usual;                    // only under a policy that asks for it
  model::ThroughputTable throughputs;
  model::PriceTable prices;
  RoundsRecord rounds;  // under a policy with rounds
  model::PowerTable power;
  model::NetworkTable network;
  base::IdMap<model::DatasetId, model::Dataset> datasets;
  base::IdMap<model::TransferId, model::Transfer> transfers;  // under way
  std::vector<FailedTransfer> failed_transfers;
  std::uint64_t last_dataset = 0;
  std::uint64_t last_transfer = 0;
  std::uint64_t last_power_request = 0;
  std::vector<PowerRecord> power_requests;               // by id
  std::map<std::string, model::SiteAccess> site_access;  // by the site's name; those invited
};
WEIR_DESCRIBE(State, sequence, last_job, last_site, last_token, control_plane_started, jobs, sites,
              tokens, secrets, repeats, policy, time, tenants, resources, reclaims, usual,
              throughputs, prices, rounds, power, network, datasets, transfers, failed_transfers,
              last_dataset, last_transfer, last_power_request, power_requests, site_access)

// Without a word for so long the site's work is lost.
[[nodiscard]] base::Duration lease_of(const State& state, const SiteRecord& site);

}  // namespace weir::engine
