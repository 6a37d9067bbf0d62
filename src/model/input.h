// Everything that can happen to the engine: wishes of people, reports of sites, and time passing.
//
// Inputs are data and go to the journal as they are. The alternatives of Input are numbered by
// their order there: add new ones at the end, never take one out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/describe.h"
#include "base/time.h"
#include "model/attempt.h"
#include "model/data.h"
#include "model/identity.h"
#include "model/ids.h"
#include "model/job.h"
#include "model/network.h"
#include "model/policy.h"
#include "model/power.h"
#include "model/price.h"
#include "model/site.h"
#include "model/tenant.h"
#include "model/throughput.h"

namespace weir::model {

// The control plane has just come up (first or again): clocks of leases start anew.
struct StartControlPlane {
  std::string version;
};
WEIR_DESCRIBE(StartControlPlane, version)

// Time has passed. The engine asks for it with a WakeAt effect; one too many changes nothing.
struct Tick {
  std::uint32_t unused = 0;
};
WEIR_DESCRIBE(Tick, unused)

// One or more jobs: all are taken or none. With a key, the same wish said again gives the same
// jobs, not new ones.
struct SubmitJobs {
  Principal by;
  std::string idempotency_key;
  std::vector<JobSpec> jobs;
};
WEIR_DESCRIBE(SubmitJobs, by, idempotency_key, jobs)

struct CancelJob {
  Principal by;
  JobId job;
  bool one_task = false;
  std::uint32_t task = 0;
};
WEIR_DESCRIBE(CancelJob, by, job, one_task, task)

struct HoldJob {
  Principal by;
  JobId job;
};
WEIR_DESCRIBE(HoldJob, by, job)

struct ReleaseJob {
  Principal by;
  JobId job;
};
WEIR_DESCRIBE(ReleaseJob, by, job)

// Changes what may still change; a field left out stays. Only tasks that have not started see it.
struct UpdateJob {
  Principal by;
  JobId job;
  std::optional<std::string> name;
  std::optional<std::int32_t> priority;
  std::optional<base::Duration> time_limit;
  std::optional<std::uint32_t> array_at_once;
};
WEIR_DESCRIBE(UpdateJob, by, job, name, priority, time_limit, array_at_once)

// An agent says: I speak for this site from now on. It gets an epoch; what earlier agents of the
// site still say is refused. Nodes are listed whole.
struct JoinSite {
  std::string site;
  std::vector<Node> nodes;
};
WEIR_DESCRIBE(JoinSite, site, nodes)

// What an agent sees. Phases of an attempt only go forward, so a doubled or late report changes
// nothing; one of an older epoch is refused.
struct ReportSite {
  std::string site;
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  std::vector<AttemptReport> attempts;
  std::vector<TransferReport> transfers = {};
  // What others than Weir hold of its nodes, whole; none: as it was told before.
  std::optional<std::vector<RankPlacement>> others = std::nullopt;
};
WEIR_DESCRIBE(ReportSite, site, epoch, sequence, attempts, transfers, others)

struct CreateToken {
  Principal by;
  std::string hash;
  std::string tenant;
  std::string principal;
  Role role = Role::user;
};
WEIR_DESCRIBE(CreateToken, by, hash, tenant, principal, role)

struct RevokeToken {
  Principal by;
  TokenId token;
};
WEIR_DESCRIBE(RevokeToken, by, token)

// A tenant's secret, sealed before it comes here; an empty value takes it away.
struct PutSecret {
  Principal by;
  std::string name;
  std::string sealed;
};
WEIR_DESCRIBE(PutSecret, by, name, sealed)

// How to schedule from now on. What runs and what was promised stays.
struct SetPolicy {
  Principal by;
  Policy policy;
};
WEIR_DESCRIBE(SetPolicy, by, policy)

// How this tenant shares from now on, whole: what is left out is no longer set. What runs goes on.
struct SetTenant {
  Principal by;
  Tenant tenant;
};
WEIR_DESCRIBE(SetTenant, by, tenant)

// Back to what holds for those who are not set up. Its work and its past stay.
struct RemoveTenant {
  Principal by;
  std::string path;
};
WEIR_DESCRIBE(RemoveTenant, by, path)

// How fast which kind of work goes on which devices, from now on, whole: what is left out is no
// longer known.
struct SetThroughputs {
  Principal by;
  ThroughputTable table;
};
WEIR_DESCRIBE(SetThroughputs, by, table)

// What work costs from now on, whole: what is left out costs nothing. What runs stays as charged.
struct SetPrices {
  Principal by;
  PriceTable table;
};
WEIR_DESCRIBE(SetPrices, by, table)

// The shares that the engine asked for. An answer to an older question changes nothing.
struct SetShares {
  std::uint64_t number = 0;
  std::vector<Share> shares;
};
WEIR_DESCRIBE(SetShares, number, shares)

// What energy is at the sites from now on, whole: of what is left out nothing is known.
struct SetPower {
  Principal by;
  PowerTable table;
};
WEIR_DESCRIBE(SetPower, by, table)

// Where sites lie and what lies between them from now on, whole. Transfers that are under way are
// planned anew.
struct SetNetwork {
  Principal by;
  NetworkTable table;
};
WEIR_DESCRIBE(SetNetwork, by, table)

// A new version of a dataset (version 0: the next), or other rules and labels of one that is there.
struct PutDataset {
  Principal by;
  Dataset dataset;  // its id, tenant and times are not read
};
WEIR_DESCRIBE(PutDataset, by, dataset)

struct RemoveDataset {
  Principal by;
  DatasetVersion dataset;
};
WEIR_DESCRIBE(RemoveDataset, by, dataset)

// A site is to draw less for a while, all together: so much less than it does when this is asked,
// or no more than so much. Exactly one of the two. From now on where no beginning is said.
struct RequestPower {
  Principal by;
  std::string site;
  std::optional<std::int64_t> less_milliwatts;
  std::optional<std::int64_t> target_milliwatts;
  std::optional<base::Time> from;
  base::Time until;
};
WEIR_DESCRIBE(RequestPower, by, site, less_milliwatts, target_milliwatts, from, until)

// It is over before its time, or never begins.
struct WithdrawPower {
  Principal by;
  PowerRequestId request;
};
WEIR_DESCRIBE(WithdrawPower, by, request)

// An agent may join for a site, once, with the token of this hash; one that speaks for it already
// does so until then. Again: the token before holds no longer.
struct InviteSite {
  Principal by;
  std::string site;
  std::string trust_domain;
  base::Duration lease{};
  std::string token_hash;
  base::Time until;
};
WEIR_DESCRIBE(InviteSite, by, site, trust_domain, lease, token_hash, until)

// Whoever holds the token speaks for its site with this key from now on, and nobody else.
struct AdmitAgent {
  std::string token_hash;
  std::string key;  // SHA-256 of the public key
  base::Time until;
};
WEIR_DESCRIBE(AdmitAgent, token_hash, key, until)

// The agent goes on with another key, or for longer with the same.
struct RenewAgent {
  std::string site;
  std::string key;  // it has now
  std::string new_key;
  base::Time until;
};
WEIR_DESCRIBE(RenewAgent, site, key, new_key, until)

// Nobody speaks for the site any more, or (`only_invitation`) nobody new may join for it.
struct RevokeSite {
  Principal by;
  std::string site;
  bool only_invitation = false;
};
WEIR_DESCRIBE(RevokeSite, by, site, only_invitation)

struct SetStanding {
  Principal by;
  std::string site;
  SiteStanding standing = SiteStanding::active;
};
WEIR_DESCRIBE(SetStanding, by, site, standing)

using Input =
    std::variant<StartControlPlane, Tick, SubmitJobs, CancelJob, HoldJob, ReleaseJob, UpdateJob,
                 JoinSite, ReportSite, CreateToken, RevokeToken, PutSecret, SetPolicy, SetTenant,
                 RemoveTenant, SetThroughputs, SetPrices, SetShares, SetPower, SetNetwork,
                 PutDataset, RemoveDataset, RequestPower, WithdrawPower, InviteSite, AdmitAgent,
                 RenewAgent, RevokeSite, SetStanding>;

}  // namespace weir::model
