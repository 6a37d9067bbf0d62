#include "schedule/scarcity.h"

#include <algorithm>

namespace weir::schedule {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t popularity_all = std::int64_t{1} << 16;
constexpr int weight_bits = 24;
constexpr int cpu_bits = 12;
constexpr std::int64_t step_milli = 50;

// Of what is idle on a node: what a rank's devices could be taken of, in thousandths. Requires: all
// of them are of one model, and nothing else is asked for.
std::int64_t devices_usable(const FreeShape& free, const RankDemand& devices) {
  if (!devices.is_share()) {
    const std::uint32_t idle = free.devices[devices.share_model];
    return idle >= devices.device_total ? std::int64_t{idle} * model::whole_device_milli : 0;
  }
  std::int64_t usable = 0;
  bool fits = false;
  free.each_left(devices.share_model, [&](std::uint32_t left, std::uint32_t count) {
    if (left < devices.device_milli) return;
    usable += std::int64_t{left} * count;
    fits = fits || may_share(free, devices, left);
  });
  return fits ? usable : 0;
}

// Devices alone.
RankDemand devices_of(RankDemand demand) {
  demand.cpus = 0;
  demand.memory_bytes = 0;
  return demand;
}

std::int64_t milli_per_cpu(const RankDemand& demand) {
  const std::int64_t cpus = std::max<std::int64_t>(demand.cpus, 1);
  return (demand.devices_milli() << cpu_bits) / cpus;
}

std::int64_t as_far_as_cpus_go(std::int64_t devices, std::uint32_t cpus, std::int64_t per_cpu) {
  return std::min(devices, (cpus * per_cpu) >> cpu_bits);
}

// What the pool's nodes could be to a usual demand: one option for each, the first that an empty
// node could serve; devices of several models at once are left out.
template <typename Visit>
void each_served(const Pool& pool, const UsualWork& usual, Visit&& visit) {
  for (std::size_t i = 0; i < usual.demands.size(); ++i) {
    for (const model::ResourceOption& option : usual.demands[i].options) {
      const auto demand = pool.demand(option);
      if (!demand || demand->device_total == 0 || !covers(pool.whole, *demand)) continue;
      if (demand->devices[demand->share_model] != demand->device_total) continue;
      visit(i, *demand);
      break;
    }
  }
}

}  // namespace

void add_places_left(const Capacity& capacity, const UsualWork& usual, PlacesLeft& left) {
  left.milli.resize(usual.demands.size());
  for (const Pool& pool : capacity.pools()) {
    if (pool.whole.device_total == 0) continue;
    for (const auto& [free, nodes] : pool.free)
      left.idle_milli += free.devices_milli() * nodes.size();
    each_served(pool, usual, [&](std::size_t i, const RankDemand& demand) {
      const RankDemand devices = devices_of(demand);
      const std::int64_t per_cpu = milli_per_cpu(demand);
      for (const auto& [free, nodes] : pool.free) {
        if (free.cpus < demand.cpus || free.memory_bytes < demand.memory_bytes) continue;
        const std::int64_t usable =
            as_far_as_cpus_go(devices_usable(free, devices), free.cpus, per_cpu);
        left.milli[i] += usable * nodes.size();
      }
    });
  }
}

ScarcityOnPool::ScarcityOnPool(const Pool& pool, const UsualWork& usual, const PlacesLeft& left) {
  each_served(pool, usual, [&](std::size_t i, const RankDemand& demand) {
    const RankDemand devices = devices_of(demand);
    auto group = std::find_if(groups_.begin(), groups_.end(),
                              [&](const Group& other) { return other.devices == devices; });
    if (group == groups_.end()) group = groups_.insert(groups_.end(), {devices, {}});
    const auto popularity =
        static_cast<std::int64_t>(Wide{usual.demands[i].ranks} * popularity_all / usual.ranks);
    const std::int64_t weight = (popularity << weight_bits) /
                                (left.milli[i] + std::max<std::int64_t>(demand.devices_milli(), 1));
    group->members.push_back({demand.cpus, demand.memory_bytes, milli_per_cpu(demand), weight});
  });
}

std::int64_t ScarcityOnPool::worth(const FreeShape& free) const {
  std::int64_t sum = 0;
  for (const Group& group : groups_) {
    const std::int64_t usable = devices_usable(free, group.devices);
    if (usable == 0) continue;
    for (const Member& member : group.members) {
      const bool enough = free.cpus >= member.cpus && free.memory_bytes >= member.memory_bytes;
      const std::int64_t used = as_far_as_cpus_go(usable, free.cpus, member.milli_per_cpu);
      sum += enough ? member.weight * used : 0;
    }
  }
  return sum;
}

std::int64_t scarcity_step(const PlacesLeft& left) {
  const std::int64_t idle = std::max<std::int64_t>(left.idle_milli, 1);
  return std::max<std::int64_t>(1, step_milli * (popularity_all << weight_bits) / idle);
}

std::int32_t spoiled(std::span<const std::int32_t> worth, std::uint32_t left, std::uint32_t share) {
  constexpr std::int32_t step = 16;
  const std::int32_t loss = worth[left] - worth[left - share] - worth[share];
  return (std::max(loss, 0) + step / 2) / step;
}

}  // namespace weir::schedule
