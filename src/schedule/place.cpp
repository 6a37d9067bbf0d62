#include "schedule/place.h"

#include <algorithm>

#include "base/random.h"

namespace weir::schedule {
namespace {

using model::PlacingRule;

// Nodes with equal room for a demand.
struct Room {
  const Shape* free;
  const NodeSet* nodes;
  Shape demand;
};

// Calls visit(room) for each until it returns false.
template <typename Visit>
void each_room(const Capacity& capacity, const model::ResourceOption& option, Visit&& visit) {
  for (const Pool& pool : capacity.pools()) {
    const auto demand = pool.demand(option);
    if (!demand || !covers(pool.whole, *demand)) continue;
    for (auto at = pool.free.rbegin(); at != pool.free.rend(); ++at) {
      // Less than its devices is less than enough, and all that follow have fewer still.
      if (at->first.device_total < demand->device_total) break;
      if (covers(at->first, *demand) && !visit(Room{&at->first, &at->second, *demand})) return;
    }
  }
}

// The first `nodes` of the rooms as they stand.
std::vector<std::uint32_t> first_nodes(const std::vector<Room>& rooms, std::uint32_t nodes,
                                       const NodeGate* gate) {
  std::vector<std::uint32_t> picked;
  picked.reserve(std::min<std::uint32_t>(nodes, 1024));
  for (const Room& room : rooms) {
    const bool go_on = room.nodes->for_each([&](std::uint32_t node) {
      if (gate == nullptr || gate->open(node, room.demand)) picked.push_back(node);
      return picked.size() < nodes;
    });
    if (!go_on) break;
  }
  return picked;
}

std::vector<std::uint32_t> pick_nodes(std::vector<Room> rooms, std::uint32_t nodes,
                                      const Placing& placing, const NodeGate* gate) {
  if (placing.rule == PlacingRule::tightest || placing.rule == PlacingRule::spread) {
    const bool spread = placing.rule == PlacingRule::spread;
    std::stable_sort(rooms.begin(), rooms.end(), [&](const Room& a, const Room& b) {
      return spread ? *b.free < *a.free : *a.free < *b.free;
    });
    return first_nodes(rooms, nodes, gate);
  }
  std::vector<std::uint32_t> all = first_nodes(rooms, UINT32_MAX, gate);
  std::sort(all.begin(), all.end());
  if (placing.rule == PlacingRule::random) {
    base::Random random{placing.seed};
    for (std::size_t i = 0; i < std::min<std::size_t>(nodes, all.size()); ++i) {
      std::swap(all[i], all[i + random.below(all.size() - i)]);
    }
  }
  if (all.size() > nodes) all.resize(nodes);
  return all;
}

// Gives a rank no more above its least than the gate lets through.
void trim_to(const NodeGate& gate, const Capacity& capacity, const model::ResourceOption& option,
             model::RankPlacement& rank) {
  Shape demand = *capacity.pool_of(rank.node).demand(option);
  const auto grow = [&](auto& amount, auto most) {
    auto least = amount;
    while (least < most) {
      amount = least + (most - least + 1) / 2;
      if (gate.open(rank.node, demand)) {
        least = amount;
      } else {
        most = amount - 1;
      }
    }
    amount = least;
  };
  grow(demand.cpus, rank.cpus);
  grow(demand.memory_bytes, rank.memory_bytes);
  rank.cpus = demand.cpus;
  rank.memory_bytes = demand.memory_bytes;
}

}  // namespace

model::RankPlacement share_of(const Capacity& capacity, std::uint32_t node,
                              const model::ResourceOption& option) {
  const Shape& free = capacity.free_of(node);
  model::RankPlacement rank;
  rank.node = node;
  rank.cpus = std::min(option.cpus_most.value_or(option.cpus), free.cpus);
  rank.memory_bytes =
      std::min(option.memory_bytes_most.value_or(option.memory_bytes), free.memory_bytes);
  for (const model::DeviceCount& wanted : option.devices) {
    std::vector<std::uint32_t> picked = capacity.pick_devices(node, wanted);
    if (rank.devices.empty()) {
      rank.devices = std::move(picked);
    } else {
      rank.devices.insert(rank.devices.end(), picked.begin(), picked.end());
    }
  }
  if (option.devices.size() > 1) std::sort(rank.devices.begin(), rank.devices.end());
  return rank;
}

bool has_room(const Capacity& capacity, const Request& request) {
  const auto fits = [&](const model::ResourceOption& option) {
    std::uint64_t room_for = 0;
    each_room(capacity, option, [&](const Room& room) {
      room_for += room.nodes->size();
      return room_for < request.nodes;
    });
    return room_for >= request.nodes;
  };
  return std::any_of(request.options.begin(), request.options.end(), fits);
}

std::optional<std::vector<model::RankPlacement>> place(const Capacity& capacity,
                                                       std::uint32_t nodes,
                                                       const model::ResourceOption& option,
                                                       const Placing& placing,
                                                       const NodeGate* gate) {
  std::vector<Room> rooms;
  std::uint64_t room_for = 0;
  each_room(capacity, option, [&](const Room& room) {
    rooms.push_back(room);
    room_for += room.nodes->size();
    return true;
  });
  if (room_for < nodes) return std::nullopt;
  const std::vector<std::uint32_t> picked = pick_nodes(std::move(rooms), nodes, placing, gate);
  if (picked.size() < nodes) return std::nullopt;
  std::vector<model::RankPlacement> ranks;
  ranks.reserve(nodes);
  for (const std::uint32_t node : picked) {
    ranks.push_back(share_of(capacity, node, option));
    if (gate != nullptr) trim_to(*gate, capacity, option, ranks.back());
  }
  return ranks;
}

}  // namespace weir::schedule
