#include "schedule/usual_work.h"

#include <algorithm>
#include <array>
#include <map>

#include "schedule/request.h"

namespace weir::schedule {

namespace {

// What decides whether a rank fits, and nothing else.
UsualDemand amounts_of(const UsualDemand& seen) {
  UsualDemand amounts{{}, seen.ranks};
  for (const model::ResourceOption& option : seen.options) {
    model::ResourceOption& plain = amounts.options.emplace_back();
    plain.devices = option.devices;
    plain.cpus = option.cpus;
    plain.memory_bytes = option.memory_bytes;
    plain.device_milli = option.device_milli;
  }
  return amounts;
}

}  // namespace

UsualWork usual_work(std::span<const UsualDemand> seen, std::int64_t percent) {
  std::map<std::string, UsualDemand> by_key;
  std::int64_t all = 0;
  for (const UsualDemand& each : seen) {
    if (each.ranks <= 0) continue;
    UsualDemand amounts = amounts_of(each);
    const std::string key = request_key({1, amounts.options, false});
    const auto [entry, fresh] = by_key.try_emplace(key, std::move(amounts));
    if (!fresh) entry->second.ranks += each.ranks;
    all += each.ranks;
  }
  std::vector<UsualDemand> demands;
  for (auto& [key, demand] : by_key) demands.push_back(std::move(demand));
  std::stable_sort(demands.begin(), demands.end(),
                   [](const UsualDemand& a, const UsualDemand& b) { return a.ranks > b.ranks; });
  UsualWork usual;
  for (UsualDemand& demand : demands) {
    const bool enough = usual.ranks * 100 >= all * percent;
    if (enough || usual.demands.size() == UsualWork::demands_most) break;
    usual.ranks += demand.ranks;
    usual.demands.push_back(std::move(demand));
  }
  return usual;
}

UsualOnPool::UsualOnPool(const Pool& pool, const UsualWork& usual) : ranks_(usual.ranks) {
  for (const UsualDemand& each : usual.demands) {
    OfRanks demand{{}, each.ranks};
    for (const model::ResourceOption& option : each.options) {
      const auto shape = pool.demand(option);
      if (!shape || shape->device_total == 0 || !covers(pool.whole, *shape)) continue;
      demand.options.push_back(*shape);
    }
    if (demand.options.empty()) continue;
    const RankDemand& only = demand.options.front();
    const bool one_model = only.devices[only.share_model] == only.device_total;
    if (demand.options.size() == 1 && one_model) {
      add(only, demand.ranks);
    } else {
      others_.push_back(std::move(demand));
    }
  }
}

void UsualOnPool::add(const RankDemand& demand, std::int64_t ranks) {
  RankDemand devices = demand;
  devices.cpus = 0;
  devices.memory_bytes = 0;
  auto group = std::find_if(groups_.begin(), groups_.end(),
                            [&](const OfDevices& other) { return other.devices == devices; });
  if (group == groups_.end()) {
    groups_.push_back({devices, devices.share_model, {}, {}, {}});
    group = std::prev(groups_.end());
  }
  group->cpus.push_back(demand.cpus);
  group->memory_bytes.push_back(demand.memory_bytes);
  group->ranks.push_back(ranks);
}

// Thousandths of what is idle that ranks can use, summed over the ranks.
std::int64_t UsualOnPool::usable(const FreeShape& free, const OfDevices& group) {
  if (!fits(free, group.devices)) return 0;
  std::int64_t usable = 0;
  free.each_left(group.model, [&](std::uint32_t left, std::uint32_t devices) {
    if (left >= group.devices.device_milli) usable += std::int64_t{left} * devices;
  });
  std::int64_t ranks = 0;
  for (std::size_t i = 0; i < group.ranks.size(); ++i) {
    const bool enough = group.cpus[i] <= free.cpus && group.memory_bytes[i] <= free.memory_bytes;
    ranks += enough ? group.ranks[i] : 0;
  }
  return ranks * usable;
}

std::int64_t UsualOnPool::usable(const FreeShape& free, const OfRanks& demand) {
  // By model: how much a device must have left to be of use.
  std::array<std::uint32_t, models_per_node_most> least{};
  least.fill(UINT32_MAX);
  for (const RankDemand& option : demand.options) {
    if (!fits(free, option)) continue;
    for (std::size_t i = 0; i < least.size(); ++i) {
      if (option.devices[i] > 0) least[i] = std::min(least[i], option.device_milli);
    }
  }
  std::int64_t usable = 0;
  for (std::size_t i = 0; i < least.size(); ++i) {
    if (least[i] == UINT32_MAX) continue;
    free.each_left(static_cast<std::uint8_t>(i), [&](std::uint32_t left, std::uint32_t devices) {
      if (left >= least[i]) usable += std::int64_t{left} * devices;
    });
  }
  return demand.ranks * usable;
}

std::int64_t UsualOnPool::unusable(const FreeShape& free) const {
  const std::int64_t idle = free.devices_milli();
  if (idle == 0) return 0;
  std::int64_t sum = ranks_ * idle;
  for (const OfDevices& group : groups_) sum -= usable(free, group);
  for (const OfRanks& demand : others_) sum -= usable(free, demand);
  return sum;
}

}  // namespace weir::schedule
