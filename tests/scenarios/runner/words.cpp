#include "tests/scenarios/runner/words.h"

#include <algorithm>

#include "base/json.h"
#include "base/money.h"
#include "base/quantity.h"
#include "engine/power.h"

namespace weir::scenarios {

using namespace model;

namespace {

std::string name_of(Reason reason) { return std::string(base::enum_name(reason)); }

class Teller {
 public:
  explicit Teller(const engine::Engine& engine) : engine_(engine) {}

  std::string operator()(const ControlPlaneStarted&) const { return ""; }
  std::string operator()(const SiteHeard&) const { return ""; }
  std::string operator()(const JobSubmitted& fact) const {
    return job(fact.job) + " is submitted" +
           (fact.spec.name.empty() ? "" : " (" + fact.spec.name + ")");
  }
  std::string operator()(const SubmissionKept& fact) const {
    return "the key " + fact.key.substr(fact.key.rfind('\x1f') + 1) + " stands for " +
           job(fact.first_job) +
           (fact.jobs > 1 ? " to " + std::to_string(fact.first_job.value + fact.jobs - 1) : "");
  }
  std::string operator()(const JobHeld& fact) const { return job(fact.job) + " is held"; }
  std::string operator()(const JobReleased& fact) const { return job(fact.job) + " is released"; }
  std::string operator()(const JobUpdated& fact) const {
    std::string out = job(fact.job) + " is changed:";
    if (fact.name) out += " name " + *fact.name;
    if (fact.priority) out += " priority " + std::to_string(*fact.priority);
    if (fact.time_limit) out += " time " + base::format_duration(*fact.time_limit);
    if (fact.array_at_once) out += " at once " + std::to_string(*fact.array_at_once);
    return out;
  }
  std::string operator()(const JobCancelled& fact) const {
    const std::string what =
        fact.one_task ? format_task({fact.job, fact.task}, true) : std::to_string(fact.job.value);
    return what + " is cancelled by " + fact.by;
  }
  std::string operator()(const TaskPlaced& fact) const {
    const engine::SiteRecord& site = engine_.state().sites.at(fact.site);
    std::string out = attempt(fact.attempt) + " is placed on";
    for (const RankPlacement& rank : fact.ranks) {
      out += (&rank == fact.ranks.data() ? " " : ", ") + site.name + "/" +
             site.nodes[rank.node].name + " (" + std::to_string(rank.cpus) +
             (rank.cpus == 1 ? " cpu" : " cpus");
      if (rank.memory_bytes > 0) out += ", " + base::format_bytes(rank.memory_bytes);
      for (const std::uint32_t device : rank.devices) {
        out += ", ";
        if (rank.is_share()) out += devices_text(rank.device_milli) + " of ";
        out += site.nodes[rank.node].devices[device].model + " " + std::to_string(device);
      }
      out += ")";
    }
    if (fact.option > 0) out += ", option " + std::to_string(fact.option + 1);
    return out;
  }
  std::string operator()(const AttemptStarted& fact) const {
    return attempt(fact.attempt) + " runs";
  }
  std::string operator()(const AttemptStopping& fact) const {
    return attempt(fact.attempt) + " is to be stopped: " + name_of(fact.reason);
  }
  std::string operator()(const AttemptEnded& fact) const {
    std::string out =
        attempt(fact.attempt) + " has ended: " + std::string(base::enum_name(fact.outcome.ending));
    if (fact.outcome.reason != Reason::none) out += ", " + name_of(fact.outcome.reason);
    if (!fact.outcome.message.empty()) out += " (" + fact.outcome.message + ")";
    return out + (fact.again ? "; its task waits for another attempt" : "");
  }
  std::string operator()(const JobEnded& fact) const {
    std::string out = job(fact.job) + " has ended: " + std::string(base::enum_name(fact.state));
    if (fact.reason != Reason::none) out += ", " + name_of(fact.reason);
    return out + (fact.message.empty() ? "" : " (" + fact.message + ")");
  }
  std::string operator()(const DeadlineMissed& fact) const {
    return job(fact.job) + " is too late for its deadline";
  }
  std::string operator()(const JobArchived& fact) const { return job(fact.job) + " is archived"; }
  std::string operator()(const SiteJoined& fact) const {
    return "site " + fact.name + " joins, epoch " + std::to_string(fact.epoch);
  }
  std::string operator()(const SiteLost& fact) const {
    const engine::SiteRecord& site = engine_.state().sites.at(fact.site);
    return "site " + site.name + " is lost, epoch " + std::to_string(site.epoch);
  }
  std::string operator()(const TokenCreated& fact) const {
    return "token " + std::to_string(fact.token.id.value) + " is made";
  }
  std::string operator()(const TokenRevoked& fact) const {
    return "token " + std::to_string(fact.token.value) + " is revoked";
  }
  std::string operator()(const SecretPut& fact) const {
    return "secret " + fact.name + (fact.sealed.empty() ? " is gone" : " is kept");
  }
  std::string operator()(const JobPromised& fact) const {
    const std::string site = engine_.state().sites.at(fact.site).name;
    return job(fact.job) + " is promised " + std::to_string(fact.nodes.size()) +
           (fact.nodes.size() == 1 ? " node on " : " nodes on ") + site + " at " +
           base::format_time(fact.start);
  }
  std::string operator()(const PolicySet& fact) const {
    return "policy is " + base::to_json(fact.policy);
  }
  std::string operator()(const TenantSet& fact) const {
    return "tenant " + fact.tenant.path + " is set: " + base::to_json(fact.tenant);
  }
  std::string operator()(const TenantRemoved& fact) const {
    return "tenant " + fact.path + " is set no longer";
  }
  std::string operator()(const BudgetRenewed& fact) const {
    return "the budget of tenant " + fact.path + " begins anew";
  }
  std::string operator()(const PlaceReclaimed& fact) const {
    const engine::SiteRecord& site = engine_.state().sites.at(fact.site);
    std::string out = attempt(fact.attempt) + " gets its place back on";
    for (const RankPlacement& rank : fact.ranks) {
      out +=
          (&rank == fact.ranks.data() ? " " : ", ") + site.name + "/" + site.nodes[rank.node].name;
    }
    return out;
  }
  std::string operator()(const ThroughputsSet& fact) const {
    return std::to_string(fact.table.rates.size()) + " rates are known";
  }
  std::string operator()(const WorkRested& fact) const {
    std::string out;
    for (const Rest& rest : fact.rests) {
      out += (out.empty() ? "" : ", ") + attempt(rest.attempt) + " rests";
    }
    return out;
  }
  std::string operator()(const SharesAsked&) const { return "shares are asked for"; }
  std::string operator()(const SharesSet& fact) const {
    return std::to_string(fact.shares.size()) + " shares are set";
  }
  std::string operator()(const RoundPlanned& fact) const {
    return "a round is planned: " + std::to_string(fact.turns.size()) + " come, " +
           std::to_string(fact.pairs.size()) + " pairs";
  }
  std::string operator()(const RoundBegan& fact) const {
    return "a round begins, until " + base::format_time(fact.until);
  }
  std::string operator()(const PowerSet& fact) const {
    return "power is set: " + std::to_string(fact.table.sites.size()) + " sites";
  }
  std::string operator()(const NetworkSet& fact) const {
    return "the network is set: " + std::to_string(fact.table.links.size()) + " links";
  }
  std::string operator()(const DatasetPut& fact) const {
    std::string out = name_of(DatasetVersion{fact.dataset.name, fact.dataset.version}) + " lies at";
    for (const Replica& replica : fact.dataset.replicas) {
      out += (&replica == fact.dataset.replicas.data() ? " " : ", ") + replica.site;
    }
    return out;
  }
  std::string operator()(const DatasetRemoved& fact) const {
    return "dataset " + std::to_string(fact.dataset.value) + " is no more";
  }
  std::string operator()(const TransferPlanned& fact) const {
    const Transfer& transfer = fact.transfer;
    std::string out = "transfer " + std::to_string(transfer.id.value) + ", " +
                      name(transfer.dataset) + " from " + site(transfer.from);
    if (transfer.relay) out += " by " + site(*transfer.relay);
    out += " to " + site(transfer.to);
    for (const RateWindow& window : transfer.windows) {
      out += "\n  " + std::to_string(window.bandwidth_bps / 1'000'000) + " Mbit/s from " +
             base::format_time(window.from) + " to " + base::format_time(window.until);
    }
    return out;
  }
  std::string operator()(const TransferEnded& fact) const {
    return "transfer " + std::to_string(fact.transfer.value) +
           (fact.done ? " is done" : " has ended: " + fact.message);
  }
  std::string operator()(const ReplicaDropped& fact) const {
    return name(fact.dataset) + " lies at " + fact.site + " no more";
  }
  std::string operator()(const JobDirected& fact) const {
    if (!fact.site) return job(fact.job) + " is directed nowhere";
    return job(fact.job) + (fact.staging ? " waits for its data to come to " : " is directed to ") +
           site(*fact.site);
  }
  std::string operator()(const DirectionKept& fact) const {
    return job(fact.job) + " waits where its data lies, until a look at " +
           base::format_time(fact.look_again);
  }
  std::string operator()(const PowerRequested& fact) const {
    const PowerRequest& request = fact.request;
    std::string out = "request " + std::to_string(request.id.value) + ": " + request.site +
                      " draws " + engine::power_text(request.draw_milliwatts) +
                      ", and is to draw " + engine::power_text(request.target_milliwatts) +
                      " until " + base::format_time(request.until) + "; committed:";
    for (const PowerStep& step : request.committed) {
      out += (&step == request.committed.data() ? " " : ", ") +
             engine::power_text(step.milliwatts) + " from " + base::format_time(step.from);
    }
    for (const PowerTouch& touch : request.planned) {
      out += "\n  " + job(touch.job) + " is to " + std::string(base::enum_name(touch.action)) +
             ": " + engine::power_text(touch.milliwatts);
    }
    return out;
  }
  std::string operator()(const PowerWithdrawn& fact) const {
    return "request " + std::to_string(fact.request.value) + " is withdrawn";
  }
  std::string operator()(const SiteAccessSet& fact) const {
    return "who may speak for " + fact.access.site + " changed";
  }
  std::string operator()(const SiteStandingSet& fact) const {
    return site(fact.site) + " is " + std::string(base::enum_name(fact.standing));
  }
  std::string operator()(const OthersSeen& fact) const {
    return "others hold something of " + std::to_string(fact.held.size()) + " nodes of " +
           site(fact.site);
  }
  std::string operator()(const LateEndTold& fact) const {
    return attempt(fact.attempt) + " is told late to have ended: " + fact.outcome.message;
  }
  std::string operator()(const JobDeferred& fact) const {
    return fact.until
               ? job(fact.job) + " waits for better energy until " + base::format_time(*fact.until)
               : job(fact.job) + " waits for better energy no longer";
  }
  std::string operator()(const PricesSet& fact) const {
    return "prices are set: " + base::to_json(fact.table);
  }
  std::string operator()(const ReclaimDropped& fact) const {
    return attempt(fact.attempt) + " gets no place back any more";
  }

 private:
  static std::string job(JobId id) { return "job " + std::to_string(id.value); }
  std::string attempt(AttemptKey key) const {
    const bool is_array = engine_.state().jobs.at(key.job).array.is_array();
    return format_task(key.task_key(), is_array) + ", attempt " + std::to_string(key.attempt) + ",";
  }

  std::string name(DatasetId id) const {
    const auto at = engine_.state().datasets.find(id);
    if (at == engine_.state().datasets.end()) return "dataset " + std::to_string(id.value);
    return name_of(DatasetVersion{at->second.name, at->second.version});
  }
  std::string site(SiteId id) const { return engine_.state().sites.at(id).name; }

  const engine::Engine& engine_;
};

std::string words_of(const Candidate& row) {
  std::string out = "  " + row.site + ": " + row.resources + ": ";
  if (!row.feasible) {
    out += "never";
  } else if (row.now) {
    out += "now";
  } else {
    out += row.start ? "from " + base::format_time(*row.start) : "some day";
  }
  if (row.finish) out += ", done by " + base::format_time(*row.finish);
  for (const Obstacle& obstacle : row.obstacles) out += "; " + obstacle.message;
  return out + "\n";
}

}  // namespace

std::string words(const Fact& fact, const engine::Engine& engine) {
  return std::visit(Teller(engine), fact);
}

std::string words(const Explanation& explanation) {
  std::string out = std::string(base::enum_name(explanation.state));
  if (explanation.reason != Reason::none) out += ", " + name_of(explanation.reason);
  out += ": " + explanation.summary + "\n";
  for (const std::string& detail : explanation.details) out += "  " + detail + "\n";
  if (explanation.standing.size() > 1) {
    out += "  stands";
    for (const StandingView& standing : explanation.standing) {
      out += " " + standing.tenant + " (weight " + std::to_string(standing.weight) + ")";
    }
    out += "\n";
  }
  for (const Candidate& row : explanation.candidates) out += words_of(row);
  for (const Holder& holder : explanation.holders) {
    out += "  held by " + holder.task + " (" + holder.name + ") until " +
           (holder.until ? base::format_time(*holder.until) : "nobody knows when") + "\n";
  }
  if (!explanation.advice.empty()) out += "  what would help: " + explanation.advice + "\n";
  return out;
}

std::string words(const TenantView& tenant) {
  std::string out = tenant.path + ": weight " + std::to_string(tenant.weight) + ", holds";
  out += " " + std::to_string(tenant.held.cpus.value_or(0)) + " cpus";
  for (const DevicesHeld& each : tenant.held.devices_by_model) {
    out += ", " + devices_text(each.devices_milli) + " " + each.model;
  }
  out += "; " + std::to_string(tenant.held_millionths / 1000) + " thousandths of " +
         (tenant.resource.empty() ? "anything" : tenant.resource) + ", due " +
         std::to_string(tenant.due_millionths / 1000);
  if (tenant.spent_device_seconds) {
    out += "; spent " + std::to_string(*tenant.spent_device_seconds) + " device seconds";
  }
  if (tenant.spent_micro_cny) out += "; spent " + base::format_money(*tenant.spent_micro_cny);
  return out + "; " + std::to_string(tenant.waiting) +
         (tenant.waiting == 1 ? " job waits\n" : " jobs wait\n");
}

std::string words(const Plan& plan) {
  std::string out = plan.now ? "now\n" : plan.feasible ? "later\n" : "never\n";
  for (const Candidate& row : plan.candidates) out += words_of(row);
  if (!plan.advice.empty()) out += "  what would help: " + plan.advice + "\n";
  return out;
}

}  // namespace weir::scenarios
