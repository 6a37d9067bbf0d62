#include "engine/worth.h"

#include <algorithm>
#include <set>
#include <string>

#include "schedule/assign.h"

namespace weir::engine {

using namespace model;

namespace {

constexpr std::int64_t tasks_most = std::int64_t{1} << 20;
constexpr std::int64_t seconds_most = std::int64_t{1} << 29;
constexpr std::int64_t units_most = std::int64_t{1} << 39;
// What a task without a time limit is taken to need, where the rates alone tell ways apart.
constexpr base::Duration unknown_run = std::chrono::hours(1);

std::int64_t whole_seconds(base::Duration duration) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(duration).count();
  return std::clamp<std::int64_t>(seconds, 1, seconds_most);
}

// Tasks that wait, by kind. Arrays are counted whole where they stand far in front.
std::map<std::uint32_t, std::int64_t> tasks_waiting(const Engine& engine) {
  constexpr int looked_into_most = 100;
  std::map<std::uint32_t, std::int64_t> tasks;
  for (const RequestClass& of_class : engine.index().classes) {
    if (!of_class.open || of_class.queue.empty()) continue;
    auto count = static_cast<std::int64_t>(of_class.queue.size());
    int looked_into = 0;
    for (const schedule::Turn& turn : of_class.queue) {
      if (++looked_into > looked_into_most) break;
      count += engine.state().jobs.at(turn.job).waiting() - 1;
    }
    std::int64_t& all = tasks[*of_class.open];
    all = std::min(all + count, tasks_most);
  }
  return tasks;
}

// The devices of one model.
struct DevicePool {
  std::int64_t devices = 0;
  std::int64_t free = 0;
  std::int64_t busy_seconds = 0;  // of those held, until they are free; without a limit: all of it
  std::int64_t held_for_good = 0;
};
using DevicePools = std::map<std::string, DevicePool>;

DevicePools device_pools(const Engine& engine, base::Time now) {
  DevicePools pools;
  for (const auto& [site, places] : engine.index().sites) {
    if (!places.takes_work) continue;
    for (const schedule::Pool& pool : places.capacity.pools()) {
      for (const std::string& model : pool.models) {
        DevicePool& all = pools[model];
        all.devices += std::int64_t{pool.nodes} * pool.count(pool.whole, model);
        for (const auto& [shape, nodes] : pool.free) {
          all.free += std::int64_t{nodes.size()} * pool.count(shape, model);
        }
      }
    }
  }
  for (const JobId id : engine.index().running_jobs) {
    for (const RunningAttempt& run : engine.state().jobs.at(id).running) {
      const SiteRecord& site = engine.state().sites.at(run.site);
      if (!site.in_touch) continue;
      const auto end = run.end();
      const std::int64_t left = end ? whole_seconds(std::max(*end - now, base::Duration(1))) : 0;
      for (const RankPlacement& rank : run.ranks) {
        for (const std::uint32_t device : rank.devices) {
          DevicePool& pool = pools[site.nodes[rank.node].devices[device].model];
          if (!end) {
            ++pool.held_for_good;
          } else {
            pool.busy_seconds += left * rank.device_milli / model::whole_device_milli;
          }
        }
      }
    }
  }
  return pools;
}

// One option of one kind, as a way to one pool.
struct DeviceWay {
  std::uint32_t kind = 0;
  std::uint32_t option = 0;
  std::string model;
  std::int64_t seconds = 0;
  std::int64_t units = 0;  // device seconds of a task
};

std::vector<DeviceWay> ways_of(const RequestKind& of_kind, std::uint32_t kind,
                               const DevicePools& pools) {
  std::vector<DeviceWay> ways;
  const auto runs = schedule::option_runs(of_kind.time_limit.value_or(unknown_run), of_kind.rates);
  for (std::uint32_t i = 0; i < of_kind.request.options.size(); ++i) {
    const ResourceOption& option = of_kind.request.options[i];
    // Processors alone, several models at once, or a share of a device.
    if (option.devices.size() != 1 || option.is_share()) continue;
    const DeviceCount& each = option.devices.front();
    const auto pool = pools.find(each.model);
    const std::int64_t devices = std::int64_t{each.count} * of_kind.request.nodes;
    if (pool == pools.end() || devices == 0 || devices > pool->second.devices) continue;
    const std::int64_t seconds =
        whole_seconds(runs.empty() ? of_kind.time_limit.value_or(unknown_run) : runs[i]);
    ways.push_back({kind, i, each.model, seconds, std::min(devices * seconds, units_most)});
  }
  return ways;
}

// Long enough for all that waits and runs, were it spread evenly, twice over.
std::int64_t horizon_of(const std::vector<DeviceWay>& ways, const DevicePools& pools,
                        const std::map<std::uint32_t, std::int64_t>& tasks) {
  __extension__ using Wide = __int128;
  Wide work = 0;
  std::int64_t devices = 0;
  std::int64_t longest = 1;
  for (const auto& [model, pool] : pools) {
    devices += pool.devices - std::min(pool.devices, pool.held_for_good);
    work += pool.busy_seconds;
  }
  for (std::size_t i = 0; i < ways.size(); ++i) {
    longest = std::max(longest, ways[i].seconds);
    if (i == 0 || ways[i - 1].kind != ways[i].kind) {
      work += Wide{tasks.at(ways[i].kind)} * ways[i].units;
    }
  }
  const Wide even = 2 * work / std::max<std::int64_t>(devices, 1);
  return static_cast<std::int64_t>(std::clamp<Wide>(even, 2 * Wide{longest}, seconds_most));
}

}  // namespace

std::optional<Ways> ways_by_worth(const Engine& engine, base::Time now) {
  if (engine.state().policy.choice != ChoiceRule::assigned) return std::nullopt;
  const Index& index = engine.index();
  const DevicePools pools = device_pools(engine, now);
  std::vector<DeviceWay> ways;
  std::vector<std::pair<std::uint32_t, std::int64_t>> kinds;  // and the rank of their first
  bool any_rate = false;
  bool any_free = false;
  std::set<std::uint32_t> seen;
  auto at = index.queues().next(nullptr, nullptr);
  for (; at && seen.size() < Limits::kinds_assigned;
       at = index.queues().next(&at->position, nullptr)) {
    const std::uint32_t kind = *index.classes[at->request_class].open;
    if (!seen.insert(kind).second) continue;
    const RequestKind& of_kind = index.kinds[kind];
    const auto of_it = ways_of(of_kind, kind, pools);
    if (of_it.empty()) continue;
    kinds.emplace_back(kind, at->position.rank);
    any_rate = any_rate || (of_it.size() > 1 && !of_kind.rates.empty());
    for (const DeviceWay& way : of_it) any_free = any_free || pools.at(way.model).free > 0;
    ways.insert(ways.end(), of_it.begin(), of_it.end());
  }
  if (!any_rate || !any_free || kinds.size() < 2) return std::nullopt;

  const auto tasks = tasks_waiting(engine);
  const std::int64_t horizon = horizon_of(ways, pools, tasks);
  schedule::Competition competition;
  std::map<std::string, std::uint32_t> number_of;
  for (const auto& [model, pool] : pools) {
    number_of.emplace(model, static_cast<std::uint32_t>(number_of.size()));
    const std::int64_t all = std::min((pool.devices - std::min(pool.devices, pool.held_for_good)) *
                                          std::min(horizon, units_most / (pool.devices + 1)),
                                      units_most);
    competition.capacities.push_back(std::max<std::int64_t>(0, all - pool.busy_seconds));
  }
  std::uint32_t tier = 0;
  std::map<std::uint32_t, std::uint32_t> demand_of;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (i > 0 && kinds[i].second != kinds[i - 1].second) ++tier;
    demand_of.emplace(kinds[i].first, static_cast<std::uint32_t>(i));
    competition.demands.push_back({tasks.at(kinds[i].first), tier});
  }
  for (const DeviceWay& way : ways) {
    const auto gain =
        schedule::completion_gain(std::chrono::seconds(horizon), std::chrono::seconds(way.seconds),
                                  /*weight=*/1);
    competition.alternatives.push_back(
        {demand_of.at(way.kind), number_of.at(way.model), way.units, gain});
  }
  const schedule::Assignment assigned = schedule::assign(competition);
  Ways result;
  for (std::size_t i = 0; i < ways.size(); ++i) {
    std::vector<std::int64_t>& of_kind = result[ways[i].kind];
    of_kind.resize(index.kinds[ways[i].kind].request.options.size());
    of_kind[ways[i].option] = assigned.tasks[i];
  }
  return result;
}

}  // namespace weir::engine
