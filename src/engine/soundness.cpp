#include "engine/soundness.h"

#include <algorithm>
#include <set>

#include "engine/engine.h"

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
  if (model::is_terminal(job.state) && !job.end) return unsound(record, "has ended at no time");
  return {};
}

// What is left of one node.
struct NodeRest {
  std::int64_t cpus = 0;
  std::int64_t memory_bytes = 0;
  std::set<std::uint32_t> devices;  // that can be taken
};
using Rests = std::map<model::SiteId, std::vector<NodeRest>>;

base::Result<std::vector<NodeRest>> rests_of(const SiteRecord& site, const std::string& record) {
  std::vector<NodeRest> rests;
  for (const model::Node& node : site.nodes) {
    if (node.memory_bytes < 0) return unsound(record, "has a node with less than no memory");
    NodeRest rest{node.cpus, node.memory_bytes, {}};
    for (std::uint32_t i = 0; i < node.devices.size(); ++i) {
      if (!node.devices[i].model.empty()) rest.devices.insert(i);
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
    for (const std::uint32_t device : rank.devices) {
      if (rest.devices.erase(device) == 0)
        return unsound(record, "holds a device that is not free");
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
      WEIR_TRY_STATUS(take(run, rests, record));
    }
  }
  return {};
}

}  // namespace weir::engine
