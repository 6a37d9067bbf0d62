// What the outside sees: the answers of the API, the columns of the command line.
//
// Durations, sizes and money are in base units with the unit in the name. Nothing here is kept:
// each view is made from the state when somebody asks (engine/questions.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "base/time.h"
#include "model/attempt.h"
#include "model/data.h"
#include "model/identity.h"
#include "model/job.h"
#include "model/power.h"
#include "model/reason.h"
#include "model/site.h"
#include "model/tenant.h"

namespace weir::model {

// One node's part in an attempt.
struct RankView {
  std::uint32_t rank = 0;
  std::string node;
  std::uint32_t cpus = 0;
  std::int64_t memory_bytes = 0;
  std::vector<std::string> devices;  // "nvidia-h100@0000:17:00.0"
};
WEIR_DESCRIBE(RankView, rank, node, cpus, memory_bytes, devices)

struct AttemptView {
  std::uint32_t task = 0;
  std::uint32_t attempt = 0;
  JobState state = JobState::starting;
  Reason reason = Reason::none;
  std::string site;
  std::uint32_t option = 0;
  std::vector<RankView> ranks;
  std::optional<base::Time> placed;
  std::optional<base::Time> started;
  std::optional<base::Time> ended;
  std::optional<Outcome> outcome;
};
WEIR_DESCRIBE(AttemptView, task, attempt, state, reason, site, option, ranks, placed, started,
              ended, outcome)

// How many of a job's tasks are where.
struct TaskCounts {
  std::uint32_t total = 0;
  std::uint32_t waiting = 0;
  std::uint32_t running = 0;
  std::uint32_t succeeded = 0;
  std::uint32_t failed = 0;
  std::uint32_t cancelled = 0;
};
WEIR_DESCRIBE(TaskCounts, total, waiting, running, succeeded, failed, cancelled)

// A version of a dataset, as `weir datasets` shows it.
struct DatasetView {
  Dataset dataset;
  std::vector<std::string> on_its_way_to;  // sites
  std::vector<JobId> read_by;              // jobs that have not ended
};
WEIR_DESCRIBE(DatasetView, dataset, on_its_way_to, read_by)

struct TransferView {
  TransferId id;
  DatasetVersion dataset;
  std::int64_t bytes = 0;
  std::string from;
  std::string relay;  // "": straight
  std::string to;
  TransferClass transfer_class = TransferClass::deadline;
  std::optional<base::Time> begin;  // of its first window
  std::optional<base::Time> end;
  std::int64_t micro_cny = 0;
};
WEIR_DESCRIBE(TransferView, id, dataset, bytes, from, relay, to, transfer_class, begin, end,
              micro_cny)

// A link, and what of it is given away ahead.
struct LinkView {
  Link link;
  std::int64_t booked_bps = 0;          // now
  std::optional<base::Time> free_from;  // nothing is booked from then on
  std::uint32_t transfers = 0;
};
WEIR_DESCRIBE(LinkView, link, booked_bps, free_from, transfers)

// One line of `weir ls`.
struct JobSummary {
  JobId id;
  std::string name;
  std::string tenant;
  std::string project;
  std::string submitted_by;
  JobState state = JobState::queued;
  Reason reason = Reason::none;
  std::int32_t priority = 50;
  std::uint32_t nodes = 1;
  bool is_array = false;
  TaskCounts tasks;
  std::string message;
  base::Time submitted;
  std::optional<base::Time> started;
  std::optional<base::Time> ended;
  std::optional<base::Time> expected_start;  // while it waits; none: cannot be said
  std::optional<std::int32_t> exit_code;     // once it has ended
  std::optional<std::int32_t> signal;
};
WEIR_DESCRIBE(JobSummary, id, name, tenant, project, submitted_by, state, reason, priority, nodes,
              is_array, tasks, message, submitted, started, ended, expected_start, exit_code,
              signal)

// All there is to know of a job. The site's last word has an age: `site_heard`.
struct JobView {
  JobSummary summary;
  JobSpec spec;
  std::vector<AttemptView> attempts;  // ended ones first, then those that run
  std::optional<base::Time> site_heard;
  Usage usage;                         // all ended attempts together
  std::optional<Footprint> footprint;  // likewise, by the sites' model of power
};
WEIR_DESCRIBE(JobView, summary, spec, attempts, site_heard, usage, footprint)

struct JobPage {
  std::vector<JobSummary> jobs;
  std::uint64_t total = 0;          // how many there are in all that match
  std::optional<std::string> next;  // cursor of the next page
};
WEIR_DESCRIBE(JobPage, jobs, total, next)

struct SubmittedJobs {
  std::vector<JobId> ids;
};
WEIR_DESCRIBE(SubmittedJobs, ids)

// A limit that keeps a job from a place, in numbers: what was asked against what there is.
struct Obstacle {
  std::string limit;      // cpus, memory, devices, nodes, state
  std::string message;    // "asks 64 cpus a node; the largest node here has 2"
  bool for_ever = false;  // waiting does not help
};
WEIR_DESCRIBE(Obstacle, limit, message, for_ever)

// Who holds what a job waits for.
struct Holder {
  JobId job;
  std::string task;  // "42_7"
  std::string name;
  std::uint32_t cpus = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t devices_milli = 0;
  std::optional<base::Time> until;  // its time limit; none: it has none
};
WEIR_DESCRIBE(Holder, job, task, name, cpus, memory_bytes, devices_milli, until)

// One way to run a job, or why it is none.
struct Candidate {
  std::string site;
  std::uint32_t option = 0;
  std::string resources;  // "2 nodes × 1 cpu, 512MiB"
  bool feasible = false;  // it fits, now or later
  bool now = false;
  std::optional<base::Time> start;
  std::optional<base::Time> finish;    // none: the job has no time limit
  std::vector<Obstacle> obstacles;     // first the one that decides
  std::optional<Footprint> footprint;  // from its start on, for as long as it may run
  // What of its data is not there, until when it could be, and what bringing it costs.
  std::int64_t stage_in_bytes = 0;
  std::optional<base::Time> staged;
  std::int64_t stage_in_micro_cny = 0;
  std::optional<std::int64_t> micro_cny;  // of what it holds; none: it has no time limit
};
WEIR_DESCRIBE(Candidate, site, option, resources, feasible, now, start, finish, obstacles,
              footprint, stage_in_bytes, staged, stage_in_micro_cny, micro_cny)

struct Plan {
  std::vector<Candidate> candidates;  // best first
  bool feasible = false;
  bool now = false;    // it would start at once
  std::string advice;  // the nearest request that would do better; or ""
  // It would wait until then, for cheaper or cleaner energy; none: it would not.
  std::optional<base::Time> deferred_until;
};
WEIR_DESCRIBE(Plan, candidates, feasible, now, advice, deferred_until)

// How one of a waiting job's tenants stands against its siblings, from the root down. Shares are in
// millionths of the resource of which it has most ("dominant"); past use counts too, half as much
// for each week.
struct StandingView {
  std::string tenant;
  std::uint32_t weight = 1;
  std::string resource;  // "" where it has had nothing
  std::int64_t share_millionths = 0;
  std::int64_t held_millionths = 0;
};
WEIR_DESCRIBE(StandingView, tenant, weight, resource, share_millionths, held_millionths)

// Why a job is where it is, and what would change it.
struct Explanation {
  JobId id;
  JobState state = JobState::queued;
  Reason reason = Reason::none;
  Party party = Party::nobody;  // whose matter it is
  bool retry_helps = false;
  std::string summary;  // one sentence
  std::vector<std::string> details;
  std::uint64_t ahead = 0;  // jobs that go first
  std::optional<base::Time> expected_start;
  std::optional<base::Time> promised_start;  // it starts then at the latest
  std::vector<Candidate> candidates;
  std::vector<Holder> holders;
  std::string advice;  // the smallest change that would help; or ""
  std::int32_t priority = 50;
  std::vector<StandingView> standing;  // while it waits: what decides among equal priorities
};
WEIR_DESCRIBE(Explanation, id, state, reason, party, retry_helps, summary, details, ahead,
              expected_start, promised_start, candidates, holders, advice, priority, standing)

// Thousandths of the devices of one model.
struct DevicesHeld {
  std::string model;
  std::int64_t devices_milli = 0;
};
WEIR_DESCRIBE(DevicesHeld, model, devices_milli)

// What a tenant holds, or may hold. Left out: no limit is set.
struct HoldingsView {
  std::optional<std::uint64_t> cpus;
  std::optional<std::int64_t> memory_bytes;
  std::optional<std::int64_t> devices_milli;  // thousandths: some are shared
  std::vector<DevicesHeld> devices_by_model;
};
WEIR_DESCRIBE(HoldingsView, cpus, memory_bytes, devices_milli, devices_by_model)

// One line of `weir tenant ls`.
struct TenantView {
  std::string path;
  bool is_set = false;  // false: it has only submitted something
  std::uint32_t weight = 1;
  HoldingsView held;
  Quota limit;
  Quota guarantee;
  std::optional<Budget> budget;
  std::optional<std::int64_t> spent_device_seconds;  // of its budget, where it bounds them
  std::optional<base::Time> budget_renewed;          // when the period ends
  std::string resource;                              // of which it has most
  std::int64_t share_millionths = 0;                 // held and past use
  std::int64_t held_millionths = 0;
  std::int64_t due_millionths = 0;  // its weight among those of its siblings that hold or wait
  std::uint64_t waiting = 0;        // jobs
  std::optional<std::int64_t> spent_micro_cny;  // of its budget, likewise
};
WEIR_DESCRIBE(TenantView, path, is_set, weight, held, limit, guarantee, budget,
              spent_device_seconds, budget_renewed, resource, share_millionths, held_millionths,
              due_millionths, waiting, spent_micro_cny)

struct SiteView {
  std::string name;
  bool in_touch = false;
  std::uint64_t epoch = 0;
  std::optional<base::Time> heard;
  std::uint32_t nodes = 0;
  std::uint32_t cpus = 0;
  std::uint32_t cpus_free = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t memory_bytes_free = 0;
  std::uint32_t devices = 0;
  std::uint32_t devices_free = 0;
  std::uint32_t running = 0;  // attempts
  SiteStanding standing = SiteStanding::active;
  std::uint32_t cpus_of_others = 0;  // held by work that is not Weir's
  std::uint32_t devices_of_others = 0;
  std::optional<base::Duration> lease;        // none: it is the control plane's own
  std::optional<base::Time> invited_until;    // an agent may join for it until then
  std::optional<base::Time> certified_until;  // an agent speaks for it until then, or renews before
};
WEIR_DESCRIBE(SiteView, name, in_touch, epoch, heard, nodes, cpus, cpus_free, memory_bytes,
              memory_bytes_free, devices, devices_free, running, standing, cpus_of_others,
              devices_of_others, lease, invited_until, certified_until)

struct NodeView {
  std::string site;
  std::string name;
  std::uint32_t cpus = 0;
  std::uint32_t cpus_free = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t memory_bytes_free = 0;
  std::vector<std::string> devices;  // "8 nvidia-h100"
  bool shares_cpus = false;
  std::string cpu_model;
  std::string limits_by;
  std::vector<std::string> running;  // tasks: "42_7"
};
WEIR_DESCRIBE(NodeView, site, name, cpus, cpus_free, memory_bytes, memory_bytes_free, devices,
              shares_cpus, cpu_model, limits_by, running)

struct DeviceView {
  std::string site;
  std::string node;
  std::string model;  // "unknown" where nobody could say
  std::string vendor;
  std::string kind;
  std::string address;
  std::optional<std::int64_t> memory_bytes;
  std::optional<std::int32_t> numa_node;
  std::string held_by;  // task, or "" where free
};
WEIR_DESCRIBE(DeviceView, site, node, model, vendor, kind, address, memory_bytes, numa_node,
              held_by)

struct TokenView {
  TokenId id;
  std::string tenant;
  std::string principal;
  Role role = Role::user;
  base::Time created;
  bool revoked = false;
};
WEIR_DESCRIBE(TokenView, id, tenant, principal, role, created, revoked)

// What a whole room drew in a part of a request's time.
struct PowerSpan {
  base::Time from;
  std::int64_t mean_milliwatts = 0;  // by the model, of what it held
  std::int64_t most_milliwatts = 0;
  std::optional<std::int64_t> measured_milliwatts;  // none: nobody measured
};
WEIR_DESCRIBE(PowerSpan, from, mean_milliwatts, most_milliwatts, measured_milliwatts)

// What a request meant to a job that gave way to it.
struct PowerService {
  JobId job;
  PowerAction action = PowerAction::pause;
  base::Time at;
  std::int64_t milliwatts = 0;
  std::optional<base::Duration> paused;  // until it ran again, or so far; none: not known any more
  std::optional<base::Time> deadline;
  std::optional<bool> deadline_kept;  // once it has ended
};
WEIR_DESCRIBE(PowerService, job, action, at, milliwatts, paused, deadline, deadline_kept)

enum class PowerRequestState : std::uint8_t { waits, runs, over, withdrawn };
WEIR_DESCRIBE_ENUM(PowerRequestState, waits, runs, over, withdrawn)

// A request, and how it goes.
struct PowerRequestView {
  PowerRequest request;
  PowerRequestState state = PowerRequestState::waits;
  // How much less than it drew when it was asked is committed to, from `settled` on at the least;
  // and what that falls short of what was asked for.
  std::int64_t less_milliwatts = 0;
  std::int64_t short_milliwatts = 0;
  std::vector<PowerSpan> delivered;   // so far
  std::vector<PowerService> touched;  // so far
};
WEIR_DESCRIBE(PowerRequestView, request, state, less_milliwatts, short_milliwatts, delivered,
              touched)

// One fact of a job's life as `weir history` tells it.
struct HistoryEntry {
  std::uint64_t sequence = 0;
  base::Time time;
  std::string event;    // "task placed"
  std::string message;  // "attempt 1 on local/node0"
};
WEIR_DESCRIBE(HistoryEntry, sequence, time, event, message)

}  // namespace weir::model
