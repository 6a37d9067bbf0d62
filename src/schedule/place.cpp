#include "schedule/place.h"

#include <algorithm>

namespace weir::schedule {
namespace {

model::RankPlacement share_of(const Capacity& capacity, std::uint32_t node,
                              const model::ResourceOption& option) {
  const Shape& free = capacity.free_of(node);
  model::RankPlacement rank;
  rank.node = node;
  rank.cpus = std::min(option.cpus_most.value_or(option.cpus), free.cpus);
  rank.memory_bytes =
      std::min(option.memory_bytes_most.value_or(option.memory_bytes), free.memory_bytes);
  for (const model::DeviceCount& wanted : option.devices) {
    const std::vector<std::uint32_t> picked = capacity.pick_devices(node, wanted);
    rank.devices.insert(rank.devices.end(), picked.begin(), picked.end());
  }
  std::sort(rank.devices.begin(), rank.devices.end());
  return rank;
}

}  // namespace

std::optional<std::vector<model::RankPlacement>> place(const Capacity& capacity,
                                                       std::uint32_t nodes,
                                                       const model::ResourceOption& option,
                                                       const std::set<std::uint32_t>& closed) {
  std::vector<model::RankPlacement> ranks;
  for (const auto& [shape, members] : capacity.free()) {
    if (!fits(shape, option)) continue;
    for (const std::uint32_t node : members) {
      if (closed.contains(node)) continue;
      ranks.push_back(share_of(capacity, node, option));
      if (ranks.size() == nodes) return ranks;
    }
  }
  return std::nullopt;
}

}  // namespace weir::schedule
