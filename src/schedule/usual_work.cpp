#include "schedule/usual_work.h"

#include <algorithm>
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
  }
  return amounts;
}

}  // namespace

UsualWork usual_work(std::span<const UsualDemand> seen) {
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
    const bool enough = usual.ranks * 100 >= all * UsualWork::percent;
    if (enough || usual.demands.size() == UsualWork::demands_most) break;
    usual.ranks += demand.ranks;
    usual.demands.push_back(std::move(demand));
  }
  return usual;
}

UsualOnPool::UsualOnPool(const Pool& pool, const UsualWork& usual) {
  for (const UsualDemand& each : usual.demands) {
    Demand& demand = demands_.emplace_back();
    demand.ranks = each.ranks;
    for (const model::ResourceOption& option : each.options) {
      const auto shape = pool.demand(option);
      if (!shape || shape->device_total == 0 || !covers(pool.whole, *shape)) continue;
      Option& usable = demand.options.emplace_back();
      usable.shape = *shape;
      for (std::size_t i = 0; i < shape->devices.size(); ++i) {
        if (shape->devices[i] > 0) usable.models |= std::uint32_t{1} << i;
      }
    }
  }
}

std::int64_t UsualOnPool::unusable(const Shape& free) const {
  if (free.device_total == 0) return 0;
  std::int64_t sum = 0;
  for (const Demand& demand : demands_) {
    std::uint32_t models = 0;
    for (const Option& option : demand.options) {
      if (covers(free, option.shape)) models |= option.models;
    }
    std::int64_t idle = free.device_total;
    for (std::size_t i = 0; models != 0; models >>= 1U, ++i) {
      if ((models & 1U) != 0) idle -= free.devices[i];
    }
    sum += demand.ranks * idle;
  }
  return sum;
}

}  // namespace weir::schedule
