// What became true. Facts alone rebuild the state; each is complete in itself.
//
// The alternatives of Fact are numbered by their order there: add new ones at the end, never take
// one out. When a fact became true is the time of the journal row it stands in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/describe.h"
#include "model/input.h"

namespace weir::model {

struct ControlPlaneStarted {
  std::string version;
};
WEIR_DESCRIBE(ControlPlaneStarted, version)

struct JobSubmitted {
  JobId job;
  Principal by;
  JobSpec spec;
};
WEIR_DESCRIBE(JobSubmitted, job, by, spec)

// A submission had an idempotency key: said again, it gives these jobs.
struct SubmissionKept {
  std::string key;  // tenant, principal and key
  JobId first_job;
  std::uint32_t jobs = 0;
  std::string content;  // SHA-256 of what was submitted
};
WEIR_DESCRIBE(SubmissionKept, key, first_job, jobs, content)

struct JobHeld {
  JobId job;
};
WEIR_DESCRIBE(JobHeld, job)

struct JobReleased {
  JobId job;
};
WEIR_DESCRIBE(JobReleased, job)

struct JobUpdated {
  JobId job;
  std::optional<std::string> name;
  std::optional<std::int32_t> priority;
  std::optional<base::Duration> time_limit;
  std::optional<std::uint32_t> array_at_once;
};
WEIR_DESCRIBE(JobUpdated, job, name, priority, time_limit, array_at_once)

// Tasks that had not started never will: all of them, or the one named.
struct JobCancelled {
  JobId job;
  bool one_task = false;
  std::uint32_t task = 0;
  std::string by;
};
WEIR_DESCRIBE(JobCancelled, job, one_task, task, by)

struct TaskPlaced {
  AttemptKey attempt;
  SiteId site;
  std::uint32_t option = 0;  // which of the job's resource options
  std::vector<RankPlacement> ranks;
};
WEIR_DESCRIBE(TaskPlaced, attempt, site, option, ranks)

struct AttemptStarted {
  AttemptKey attempt;
  base::Time started;
};
WEIR_DESCRIBE(AttemptStarted, attempt, started)

struct AttemptStopping {
  AttemptKey attempt;
  Reason reason = Reason::none;
};
WEIR_DESCRIBE(AttemptStopping, attempt, reason)

struct AttemptEnded {
  AttemptKey attempt;
  Outcome outcome;
  bool again = false;  // the task goes back to the queue for another attempt
};
WEIR_DESCRIBE(AttemptEnded, attempt, outcome, again)

// What of it still waits can not be done by its deadline any more, and is not begun.
struct DeadlineMissed {
  JobId job;
};
WEIR_DESCRIBE(DeadlineMissed, job)

// The job's one and only end.
struct JobEnded {
  JobId job;
  JobState state = JobState::succeeded;
  Reason reason = Reason::none;
  std::int32_t exit_code = 0;
  std::int32_t signal = 0;
  std::string message;
};
WEIR_DESCRIBE(JobEnded, job, state, reason, exit_code, signal, message)

// A finished job has left the engine for the journal's archive.
struct JobArchived {
  JobId job;
};
WEIR_DESCRIBE(JobArchived, job)

struct SiteJoined {
  SiteId site;
  std::string name;
  std::uint64_t epoch = 0;
  std::vector<Node> nodes;
};
WEIR_DESCRIBE(SiteJoined, site, name, epoch, nodes)

// The site was in touch; written at most once in a third of its lease.
struct SiteHeard {
  SiteId site;
  std::uint64_t sequence = 0;
};
WEIR_DESCRIBE(SiteHeard, site, sequence)

// No word within the lease. What ran there ends as lost, each with its own fact.
struct SiteLost {
  SiteId site;
};
WEIR_DESCRIBE(SiteLost, site)

struct TokenCreated {
  Token token;
};
WEIR_DESCRIBE(TokenCreated, token)

struct TokenRevoked {
  TokenId token;
};
WEIR_DESCRIBE(TokenRevoked, token)

struct SecretPut {
  std::string tenant;
  std::string name;
  std::string sealed;  // empty: taken away
};
WEIR_DESCRIBE(SecretPut, tenant, name, sealed)

struct PolicySet {
  Policy policy;
};
WEIR_DESCRIBE(PolicySet, policy)

// A job that has to wait was told when its next task starts at the latest, unless nodes fail or
// work outlives its limit; what goes after it will not delay that. A later promise replaces it; it
// ends when the task is placed or waits no longer.
struct JobPromised {
  JobId job;
  SiteId site;
  std::uint32_t option = 0;
  std::vector<std::uint32_t> nodes;  // that are kept for it, ascending
  base::Time start;
};
WEIR_DESCRIBE(JobPromised, job, site, option, nodes, start)

struct TenantSet {
  Tenant tenant;
};
WEIR_DESCRIBE(TenantSet, tenant)

struct TenantRemoved {
  std::string path;
};
WEIR_DESCRIBE(TenantRemoved, path)

// A period of a tenant's budget has begun: nothing of it is spent yet.
struct BudgetRenewed {
  std::string path;
  std::int64_t period = 0;
};
WEIR_DESCRIBE(BudgetRenewed, path, period)

// A task gets these places back from those who borrowed them: what of it is free is kept for it
// from now on, the rest as the attempts that hold it end. They are told to stop by their own facts.
struct PlaceReclaimed {
  AttemptKey attempt;
  SiteId site;
  std::uint32_t option = 0;
  std::vector<RankPlacement> ranks;
  std::vector<AttemptKey> from;
};
WEIR_DESCRIBE(PlaceReclaimed, attempt, site, option, ranks, from)

// The task does not want it any more, or the site has gone: what was kept is free.
struct ReclaimDropped {
  AttemptKey attempt;
};
WEIR_DESCRIBE(ReclaimDropped, attempt)

struct ThroughputsSet {
  ThroughputTable table;
};
WEIR_DESCRIBE(ThroughputsSet, table)

// What is placed from now on is charged at these prices.
struct PricesSet {
  PriceTable table;
};
WEIR_DESCRIBE(PricesSet, table)

// Attempts that take turns have come to a rest.
struct WorkRested {
  std::vector<Rest> rests;
};
WEIR_DESCRIBE(WorkRested, rests)

// Shares are worked out anew; the next round waits for them.
struct SharesAsked {
  std::uint64_t number = 0;
};
WEIR_DESCRIBE(SharesAsked, number)

struct SharesSet {
  std::vector<Share> shares;
};
WEIR_DESCRIBE(SharesSet, shares)

// Who gets a turn next. It begins once those that have to leave their places have.
struct RoundPlanned {
  std::vector<PlannedTurn> turns;  // those that do not stay where they are
  std::vector<Pair> pairs;
};
WEIR_DESCRIBE(RoundPlanned, turns, pairs)

struct RoundBegan {
  base::Time until;
};
WEIR_DESCRIBE(RoundBegan, until)

struct PowerSet {
  PowerTable table;
};
WEIR_DESCRIBE(PowerSet, table)

// A job that may wait does so until then, as its objective is served better so; none: no longer.
struct JobDeferred {
  JobId job;
  std::optional<base::Time> until;
};
WEIR_DESCRIBE(JobDeferred, job, until)

struct NetworkSet {
  NetworkTable table;
};
WEIR_DESCRIBE(NetworkSet, table)

// A version as it is from now on.
struct DatasetPut {
  Dataset dataset;
};
WEIR_DESCRIBE(DatasetPut, dataset)

struct DatasetRemoved {
  DatasetId dataset;
};
WEIR_DESCRIBE(DatasetRemoved, dataset)

// Its windows are kept on each link of its way.
struct TransferPlanned {
  Transfer transfer;
};
WEIR_DESCRIBE(TransferPlanned, transfer)

// Done: there is a replica more. Otherwise its windows are free, and nothing has come of it; where
// it failed, that replica is not read for some time.
struct TransferEnded {
  TransferId transfer;
  bool done = false;
  bool failed = false;
  std::string message;
};
WEIR_DESCRIBE(TransferEnded, transfer, done, failed, message)

// It is not used, no rule wants it, and others are there.
struct ReplicaDropped {
  DatasetId dataset;
  std::string site;
};
WEIR_DESCRIBE(ReplicaDropped, dataset, site)

// A job that reads data has a site in view. While it is staging its data is on its way there, and
// it wants no place. If it still waits at `look_again` a better site is looked for.
struct JobDirected {
  JobId job;
  std::optional<SiteId> site;
  bool staging = false;
  std::optional<base::Time> look_again = std::nullopt;
};
WEIR_DESCRIBE(JobDirected, job, site, staging, look_again)
// It was looked at again, and no other site is better.
struct DirectionKept {
  JobId job;
  base::Time look_again;
};
WEIR_DESCRIBE(DirectionKept, job, look_again)

// From now on the site keeps to what is committed here; who gives way for it has its own facts.
struct PowerRequested {
  PowerRequest request;
};
WEIR_DESCRIBE(PowerRequested, request)

struct PowerWithdrawn {
  PowerRequestId request;
};
WEIR_DESCRIBE(PowerWithdrawn, request)

// All that is kept of who may speak for a site: after an invitation, an admission, a renewal.
struct SiteAccessSet {
  SiteAccess access;
};
WEIR_DESCRIBE(SiteAccessSet, access)

struct SiteStandingSet {
  SiteId site;
  SiteStanding standing = SiteStanding::active;
};
WEIR_DESCRIBE(SiteStandingSet, site, standing)

// So much of the site's nodes is held by others than Weir: of what they said, what was free.
struct OthersSeen {
  SiteId site;
  std::vector<RankPlacement> held;
};
WEIR_DESCRIBE(OthersSeen, site, held)

// A site had been given up, and says now how an attempt ended that was lost with it. It changes
// nothing: the task was handed on then. Told once.
struct LateEndTold {
  AttemptKey attempt;
  Outcome outcome;
};
WEIR_DESCRIBE(LateEndTold, attempt, outcome)

using Fact =
    std::variant<ControlPlaneStarted, JobSubmitted, JobHeld, JobReleased, JobUpdated, JobCancelled,
                 TaskPlaced, AttemptStarted, AttemptStopping, AttemptEnded, JobEnded, JobArchived,
                 SiteJoined, SiteHeard, SiteLost, TokenCreated, TokenRevoked, SecretPut,
                 SubmissionKept, PolicySet, JobPromised, TenantSet, TenantRemoved, BudgetRenewed,
                 PlaceReclaimed, ReclaimDropped, ThroughputsSet, DeadlineMissed, PricesSet,
                 WorkRested, SharesAsked, SharesSet, RoundPlanned, RoundBegan, PowerSet,
                 JobDeferred, NetworkSet, DatasetPut, DatasetRemoved, TransferPlanned,
                 TransferEnded, ReplicaDropped, JobDirected, DirectionKept, PowerRequested,
                 PowerWithdrawn, SiteAccessSet, SiteStandingSet, OthersSeen, LateEndTold>;

}  // namespace weir::model
