#include "engine/soundness.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engine/engine.h"
#include "engine/soundness_data.h"

namespace weir::engine {

namespace {

tl::unexpected<base::Error> unsound(const std::string& record, const std::string& why) {
  return base::fail(base::ErrorCode::invalid, record + " " + why);
}

// Far enough from the ends of the clock that adding a lease or a limit cannot run over.
bool is_plain_time(base::Time time) {
  constexpr std::int64_t us_max = std::int64_t{1} << 61;
  return base::to_us(time) > -us_max && base::to_us(time) < us_max;
}

// Millionths of steps, and microseconds of rounds.
constexpr std::int64_t work_most = std::int64_t{1} << 60;

bool is_amount(std::int64_t micro_cny) {
  return micro_cny >= 0 && micro_cny <= schedule::amount_most;
}

base::Status check_array(const model::ArraySpec& array, const std::string& record) {
  std::uint64_t tasks = 0;
  const model::IndexRange* before = nullptr;
  for (const model::IndexRange& range : array.indices) {
    const bool good = range.step > 0 && range.last >= range.first &&
                      (before == nullptr || range.first > before->last);
    if (!good) return unsound(record, "has an array whose ranges do not rise");
    tasks += (range.last - range.first) / range.step + std::uint64_t{1};
    before = &range;
  }
  if (tasks > Limits::tasks_max) return unsound(record, "has an array with too many tasks");
  return {};
}

base::Status check_job(const JobRecord& job, const std::string& record) {
  WEIR_TRY_STATUS(check_array(job.array, record));
  if (job.next_ordinal > job.array.size()) return unsound(record, "has placed more than it has");
  if (job.priority < 0 || job.priority > 100) return unsound(record, "has no known priority");
  if (job.deadline && !is_plain_time(*job.deadline)) return unsound(record, "has no deadline");
  if (job.deferred_until && !is_plain_time(*job.deferred_until)) {
    return unsound(record, "waits until no possible time");
  }
  if (job.deferred_until && model::is_terminal(job.state))
    return unsound(record, "waits and is over");
  for (const auto& part : {job.footprint.value_or(model::Footprint{}).energy_joules,
                           job.footprint.value_or(model::Footprint{}).carbon_mg,
                           job.footprint.value_or(model::Footprint{}).energy_micro_cny}) {
    constexpr std::int64_t most = std::int64_t{1} << 62;
    if (part.value_or(0) > most || part.value_or(0) < -most) {
      return unsound(record, "has used impossible amounts");
    }
  }
  if (model::is_terminal(job.state) && !job.end) return unsound(record, "has ended at no time");
  if (job.checkpoint_every && *job.checkpoint_every <= base::Duration(0)) {
    return unsound(record, "writes its checkpoints all the time");
  }
  constexpr base::Duration longest = std::chrono::hours(24 * 366 * 1000);
  const auto is_time = [&](base::Duration time) {
    return time >= base::Duration(0) && time <= longest;
  };
  if (!is_time(job.notice) || !is_time(job.kept)) {
    return unsound(record, "has kept, or asks for, an impossible time");
  }
  const auto is_work = [](std::int64_t micro) { return micro >= 0 && micro <= work_most; };
  if (!is_work(job.done_micro) || !is_work(job.steps_micro.value_or(1)) ||
      job.steps_micro.value_or(1) == 0) {
    return unsound(record, "is an impossible amount of work");
  }
  return {};
}

// What is left of one node.
struct NodeRest {
  std::int64_t cpus = 0;
  std::int64_t memory_bytes = 0;
  std::map<std::uint32_t, std::uint32_t> devices;  // that can be taken, with thousandths left
  std::size_t shared = 0;
};
// Whole devices, or a share of one.
bool is_plain_share(const model::RankPlacement& rank) {
  if (rank.device_milli < 1 || rank.device_milli > model::whole_device_milli) return false;
  return !rank.is_share() || rank.devices.size() == 1;
}

using Rests = std::map<model::SiteId, std::vector<NodeRest>>;

base::Result<std::vector<NodeRest>> rests_of(const SiteRecord& site, const std::string& record) {
  std::vector<NodeRest> rests;
  for (const model::Node& node : site.nodes) {
    if (node.memory_bytes < 0) return unsound(record, "has a node with less than no memory");
    NodeRest rest{node.cpus, node.memory_bytes, {}, 0};
    for (std::uint32_t i = 0; i < node.devices.size(); ++i) {
      if (!node.devices[i].model.empty()) rest.devices.emplace(i, model::whole_device_milli);
    }
    rests.push_back(std::move(rest));
  }
  return rests;
}

base::Status take(const RunningAttempt& run, Rests& rests, const std::string& record) {
  const auto site = rests.find(run.site);
  if (site == rests.end()) return unsound(record, "runs on a site that is not there");
  for (const model::RankPlacement& rank : run.ranks) {
    if (rank.node >= site->second.size())
      return unsound(record, "runs on a node that is not there");
    NodeRest& rest = site->second[rank.node];
    const bool fits =
        rank.memory_bytes >= 0 && rank.memory_bytes <= rest.memory_bytes && rank.cpus <= rest.cpus;
    if (!fits) return unsound(record, "holds more of a node than is left");
    rest.cpus -= rank.cpus;
    rest.memory_bytes -= rank.memory_bytes;
    if (!is_plain_share(rank)) return unsound(record, "holds an impossible share of a device");
    for (const std::uint32_t device : rank.devices) {
      const auto left = rest.devices.find(device);
      if (left == rest.devices.end() || left->second < rank.device_milli) {
        return unsound(record, "holds a device that is not free");
      }
      if (rank.is_share() && left->second == model::whole_device_milli) ++rest.shared;
      left->second -= rank.device_milli;
    }
    if (rest.shared > schedule::shared_devices_most) {
      return unsound(record, "shares more devices of a node than may be");
    }
  }
  return {};
}

base::Status check_tenants(const State& state) {
  std::set<std::string> paths;
  for (const TenantRecord& tenant : state.tenants) {
    const model::Tenant& settings = tenant.settings;
    const std::string record = "the record of tenant `" + settings.path + "`";
    const bool leaf = settings.path.ends_with('/');
    const std::string path = settings.path.substr(0, settings.path.size() - (leaf ? 1 : 0));
    const std::size_t slash = path.rfind('/');
    const bool at_its_place =
        !path.empty() && !path.starts_with('/') && path.find("//") == std::string::npos &&
        !path.ends_with('/') &&
        (leaf ? paths.contains(path)
              : slash == std::string::npos || paths.contains(path.substr(0, slash)));
    if (!at_its_place || !paths.insert(settings.path).second) {
      return unsound(record, "has no place in the tree");
    }
    const auto depth = std::count(path.begin(), path.end(), '/') + 1;
    if (depth > static_cast<std::ptrdiff_t>(model::tenant_depth_most)) {
      return unsound(record, "lies too deep");
    }
    if (settings.weight < 1) return unsound(record, "has no weight");
    if (tenant.is_set) WEIR_TRY_STATUS(model::check_tenant(settings));
    const bool plain = is_plain_time(tenant.accrued) && is_plain_time(tenant.since) &&
                       tenant.accrued <= state.time && tenant.spent_device_ms >= 0 &&
                       tenant.spent_device_ms <= (std::int64_t{1} << 61) &&
                       is_amount(tenant.spent_micro_cny) && tenant.spent_period >= 0 &&
                       tenant.spent_period < (1 << 20);
    if (!plain) return unsound(record, "has impossible times or amounts");
    for (const std::int64_t amount : tenant.past) {
      if (amount < 0 || amount > (std::int64_t{1} << 62)) {
        return unsound(record, "has an impossible past");
      }
    }
  }
  return {};
}

base::Status check_usual(const State& state) {
  const schedule::UsualWork& usual = state.usual.work;
  std::int64_t ranks = 0;
  bool good = usual.demands.size() <= schedule::UsualWork::demands_most &&
              state.usual.jobs <= state.last_job && state.usual.last_job <= state.last_job;
  for (const schedule::UsualDemand& demand : usual.demands) {
    good = good && demand.ranks > 0 && demand.ranks <= (std::int64_t{1} << 40);
    if (good) ranks += demand.ranks;
  }
  if (!good || ranks != usual.ranks) return unsound("the usual work", "does not add up");
  return {};
}

base::Status check_power_requests(const State& state) {
  std::uint64_t last = 0;
  for (const PowerRecord& record : state.power_requests) {
    const model::PowerRequest& request = record.request;
    const std::string name = "the request " + std::to_string(request.id.value);
    if (request.id.value <= last || request.id.value > state.last_power_request) {
      return unsound(name, "lacks order");
    }
    last = request.id.value;
    const bool good = is_plain_time(request.asked) && is_plain_time(request.from) &&
                      is_plain_time(request.until) && request.from < request.until &&
                      is_plain_time(record.withdrawn.value_or(base::Time{})) &&
                      is_plain_time(record.accounted) && !request.committed.empty();
    if (!good) return unsound(name, "is of no possible time");
    for (std::size_t i = 0; i < request.committed.size(); ++i) {
      const model::PowerStep& step = request.committed[i];
      const bool in_order = i == 0 || request.committed[i - 1].from < step.from;
      if (!in_order || !is_plain_time(step.from) || step.milliwatts < 0) {
        return unsound(name, "commits to what is no draw");
      }
    }
    for (const PowerDelivered& span : record.delivered) {
      const bool sane = is_plain_time(span.from) && span.milliwatt_ms >= 0 &&
                        span.covered_ms >= 0 && span.most_milliwatts >= 0;
      if (!sane) return unsound(name, "delivered what is no draw");
    }
  }
  return {};
}

base::Status check_reclaims(const State& state) {
  std::set<model::JobId> jobs;
  for (const ReclaimRecord& reclaim : state.reclaims) {
    const model::JobId id = reclaim.attempt.job;
    const std::string record = "the place that job " + std::to_string(id.value) + " gets back";
    const auto job = state.jobs.find(id);
    if (job == state.jobs.end() || !job->second.reclaims || job->second.waiting() == 0 ||
        !jobs.insert(id).second) {
      return unsound(record, "belongs to nobody who waits for it");
    }
    if (!is_amount(reclaim.charged_micro_cny) || !is_amount(reclaim.hour_micro_cny)) {
      return unsound(record, "was charged an impossible amount");
    }
    const auto site = state.sites.find(reclaim.site);
    if (site == state.sites.end()) return unsound(record, "is on a site that is not there");
    for (const model::RankPlacement& rank : reclaim.ranks) {
      if (rank.node >= site->second.nodes.size() || rank.memory_bytes < 0) {
        return unsound(record, "is on a node that is not there");
      }
      if (!is_plain_share(rank)) return unsound(record, "has an impossible share of a device");
      const std::vector<model::Device>& devices = site->second.nodes[rank.node].devices;
      for (const std::uint32_t device : rank.devices) {
        if (device >= devices.size() || devices[device].model.empty()) {
          return unsound(record, "has a device that is not there");
        }
      }
    }
  }
  for (const auto& [id, job] : state.jobs) {
    if (job.reclaims && !jobs.contains(id)) {
      return unsound("the record of job " + std::to_string(id.value), "gets nothing back");
    }
  }
  return {};
}

base::Status check_turn(const ShareTurn& turn, std::size_t models) {
  const auto is_time = [](std::int64_t us) { return us >= -work_most && us <= work_most; };
  if (turn.on.size() != models) return unsound("a share", "is not of the models there are");
  for (const ShareTime& time : turn.on) {
    const bool good = time.parts >= 0 && time.parts <= model::whole_share && time.run_us >= 0 &&
                      is_time(time.run_us) && is_time(time.owed_us);
    if (!good) return unsound("a share", "is an impossible amount");
  }
  return {};
}

base::Status check_rounds(const State& state) {
  const RoundsRecord& rounds = state.rounds;
  if (!state.policy.rounds && rounds.phase != RoundPhase::none) {
    return unsound("a round", "runs under a policy without");
  }
  const bool good = is_plain_time(rounds.until) && is_plain_time(rounds.over) &&
                    is_plain_time(rounds.shares_since.value_or(base::Time{})) &&
                    rounds.run_us.size() == rounds.models.size() &&
                    std::is_sorted(rounds.models.begin(), rounds.models.end());
  if (!good) return unsound("the rounds", "do not add up");
  for (const std::int64_t run_us : rounds.run_us) {
    if (run_us < 0 || run_us > work_most) return unsound("the rounds", "took an impossible time");
  }
  const auto before = [](const ShareTurn& a, const ShareTurn& b) {
    return std::tie(a.job, a.with) < std::tie(b.job, b.with);
  };
  if (!std::is_sorted(rounds.turns.begin(), rounds.turns.end(), before)) {
    return unsound("the shares", "lack order");
  }
  for (const ShareTurn& turn : rounds.turns) {
    WEIR_TRY_STATUS(check_turn(turn, rounds.models.size()));
  }
  for (const model::PlannedTurn& turn : rounds.plan) {
    const auto site = state.sites.find(turn.site);
    if (site == state.sites.end()) return unsound("a turn", "is on a site that is not there");
    for (const model::RankPlacement& rank : turn.ranks) {
      const auto& nodes = site->second.nodes;
      const bool there = rank.node < nodes.size() && rank.memory_bytes >= 0 &&
                         is_plain_share(rank) &&
                         std::all_of(
                             rank.devices.begin(), rank.devices.end(),
                             [&](std::uint32_t device) {
                               return device < nodes[rank.node].devices.size() &&
                                      !nodes[rank.node].devices[device].model.empty();
                             });
      if (!there) return unsound("a turn", "has a place that is not there");
    }
  }
  return {};
}

}  // namespace

base::Status check_sound(const State& state) {
  Rests rests;
  for (const auto& [id, site] : state.sites) {
    const std::string record = "the record of site " + std::to_string(id.value);
    if (site.id != id) return unsound(record, "names another");
    if (!is_plain_time(site.heard)) return unsound(record, "was heard at no possible time");
    rests.emplace(id, WEIR_TRY(rests_of(site, record)));
  }
  for (const auto& [id, job] : state.jobs) {
    const std::string record = "the record of job " + std::to_string(id.value);
    if (job.id != id) return unsound(record, "names another");
    WEIR_TRY_STATUS(check_job(job, record));
    for (const RunningAttempt& run : job.running) {
      if (run.key.job != id) return unsound(record, "runs another");
      const bool charged = is_amount(run.charged_micro_cny) && is_amount(run.hour_micro_cny) &&
                           is_plain_time(run.charged.value_or(base::Time{}));
      if (!charged) return unsound(record, "was charged an impossible amount");
      WEIR_TRY_STATUS(take(run, rests, record));
    }
  }
  if (!is_plain_time(state.time)) return unsound("the state", "is of no possible time");
  const std::set<std::string> resources(state.resources.begin(), state.resources.end());
  if (resources.size() != state.resources.size() || resources.contains("")) {
    return unsound("the list of device models", "names one twice, or none");
  }
  WEIR_TRY_STATUS(check_tenants(state));
  WEIR_TRY_STATUS(check_usual(state));
  WEIR_TRY_STATUS(schedule::check_throughputs(state.throughputs));
  WEIR_TRY_STATUS(schedule::check_prices(state.prices));
  if (schedule::tidied(state.prices) != state.prices) return unsound("the prices", "lack order");
  WEIR_TRY_STATUS(flow::check_power(state.power));
  if (flow::tidied(state.power) != state.power) return unsound("the table of power", "lacks order");
  WEIR_TRY_STATUS(check_power_requests(state));
  WEIR_TRY_STATUS(check_data(state));
  WEIR_TRY_STATUS(check_rounds(state));
  return check_reclaims(state);
}

}  // namespace weir::engine
