#include "schedule/place.h"

#include <algorithm>

#include "base/check.h"
#include "base/random.h"
#include "schedule/rooms.h"
#include "schedule/score_book.h"

namespace weir::schedule {
namespace {

using model::PlacingRule;

bool has_no_preference(PlacingRule rule) {
  return rule == PlacingRule::first || rule == PlacingRule::random;
}

bool minds_topology(PlacingRule rule) {
  return !has_no_preference(rule) && rule != PlacingRule::spread;
}

// What a node has drawn: who has the least is taken.
std::int64_t draw_of(std::uint64_t seed, std::uint32_t node) {
  return static_cast<std::int64_t>(base::Random{seed + node}.next() >> 1U);
}

// The device that has drawn the least, of those that a share may be taken of.
std::optional<std::uint32_t> drawn_device(const Capacity& capacity, std::uint32_t node,
                                          RankDemand demand, std::uint64_t seed,
                                          const NodeGate* gate) {
  const Pool& pool = capacity.pool_of(node);
  std::optional<std::pair<std::int64_t, std::uint32_t>> least;
  for (std::uint32_t i = 0; i < pool.model_of_device.size(); ++i) {
    if (pool.model_of_device[i] != demand.share_model) continue;
    const std::uint32_t left = capacity.device_left(node, i);
    if (left < demand.device_milli || !may_share(capacity.free_of(node), demand, left)) continue;
    demand.share_of = i;
    if (gate != nullptr && !gate->open(node, demand)) continue;
    const std::pair drawn(draw_of(~seed, i), i);
    if (!least || drawn < *least) least = drawn;
  }
  if (!least) return std::nullopt;
  return least->second;
}

// The device of a node that a share is taken of: the one that suits the rule best, or another where
// that one is not open to it; none where none is. Requires: it fits.
std::optional<std::uint32_t> shared_device(const Capacity& capacity, std::uint32_t node,
                                           RankDemand demand, const Placing& placing,
                                           const NodeGate* gate) {
  const Pool& pool = capacity.pool_of(node);
  const FreeShape& free = capacity.free_of(node);
  if (placing.rule == PlacingRule::random) {
    return drawn_device(capacity, node, demand, placing.seed, gate);
  }
  const auto best = shares_from(capacity, node, demand, placing);
  demand.share_of = capacity.pick_shared(node, demand.share_model, best);
  if (gate == nullptr || gate->open(node, demand)) return demand.share_of;
  for (std::uint32_t i = 0; i < pool.model_of_device.size(); ++i) {
    if (pool.model_of_device[i] != demand.share_model) continue;
    const std::uint32_t left = capacity.device_left(node, i);
    if (left < demand.device_milli || !may_share(free, demand, left)) continue;
    demand.share_of = i;
    if (gate->open(node, demand)) return i;
  }
  return std::nullopt;
}

bool is_open(const NodeGate* gate, const Capacity& capacity, const Room& room, std::uint32_t node,
             const Placing& placing) {
  if (gate == nullptr) return true;
  if (!room.demand.is_share()) return gate->open(node, room.demand);
  return shared_device(capacity, node, room.demand, placing, gate).has_value();
}

// The first `nodes` of the rooms as they stand, those of one score by index.
std::vector<std::uint32_t> first_nodes(const Capacity& capacity, const std::vector<Room>& rooms,
                                       std::uint32_t nodes, const Placing& placing,
                                       const NodeGate* gate) {
  std::vector<std::uint32_t> picked;
  picked.reserve(std::min<std::uint32_t>(nodes, 1024));
  for (auto room = rooms.begin(); room != rooms.end() && picked.size() < nodes;) {
    const auto alike = static_cast<std::ptrdiff_t>(picked.size());
    const std::int64_t score = room->score;
    const std::size_t wanted = nodes - picked.size();
    const bool alone = std::next(room) == rooms.end() || std::next(room)->score != score;
    for (; room != rooms.end() && room->score == score; ++room) {
      const std::size_t before = picked.size();
      room->kind->nodes.for_each([&](std::uint32_t node) {
        if (is_open(gate, capacity, *room, node, placing)) picked.push_back(node);
        return picked.size() - before < wanted;
      });
    }
    if (!alone) std::sort(picked.begin() + alike, picked.end());
    if (picked.size() > nodes) picked.resize(nodes);
  }
  return picked;
}

std::vector<std::uint32_t> pick_nodes(const Capacity& capacity, std::vector<Room> rooms,
                                      std::uint32_t nodes, const Placing& placing,
                                      const NodeGate* gate) {
  if (has_no_preference(placing.rule)) {
    std::vector<std::uint32_t> all = first_nodes(capacity, rooms, UINT32_MAX, placing, gate);
    if (placing.rule == PlacingRule::random) {
      const auto wanted = static_cast<std::ptrdiff_t>(std::min<std::size_t>(nodes, all.size()));
      std::partial_sort(all.begin(), all.begin() + wanted, all.end(), [&](auto a, auto b) {
        return std::pair(draw_of(placing.seed, a), a) < std::pair(draw_of(placing.seed, b), b);
      });
    }
    if (all.size() > nodes) all.resize(nodes);
    return all;
  }
  put_in_order(rooms, capacity, placing);
  const TopologyTree& topology = capacity.topology();
  if (nodes == 1 || topology.is_flat() || !minds_topology(placing.rule)) {
    return first_nodes(capacity, rooms, nodes, placing, gate);
  }
  return topology.choose(first_nodes(capacity, rooms, UINT32_MAX, placing, gate), nodes)
      .value_or(std::vector<std::uint32_t>());
}

// Gives a rank no more above its least than the gate lets through.
void trim_to(const NodeGate& gate, const Capacity& capacity, const model::ResourceOption& option,
             model::RankPlacement& rank) {
  RankDemand demand = *capacity.pool_of(rank.node).demand(option);
  if (rank.is_share()) demand.share_of = rank.devices.front();
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

model::RankPlacement rank_on(const Capacity& capacity, std::uint32_t node,
                             const model::ResourceOption& option, const Placing& placing,
                             const NodeGate* gate) {
  const Shape& free = capacity.free_of(node);
  model::RankPlacement rank;
  rank.node = node;
  rank.cpus = std::min(option.cpus_most.value_or(option.cpus), free.cpus);
  rank.memory_bytes =
      std::min(option.memory_bytes_most.value_or(option.memory_bytes), free.memory_bytes);
  if (option.is_share()) {
    rank.device_milli = option.device_milli;
    const RankDemand demand = *capacity.pool_of(node).demand(option);
    const auto device = shared_device(capacity, node, demand, placing, gate);
    WEIR_CHECK(device.has_value(), "a node that was picked is open");
    rank.devices = {*device};
    return rank;
  }
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
      room_for += room.kind->nodes.size();
      return room_for < request.nodes;
    });
    return room_for >= request.nodes;
  };
  return std::any_of(request.options.begin(), request.options.end(), fits);
}

std::optional<Picked> pick(const Capacity& capacity, std::uint32_t nodes,
                           const model::ResourceOption& option, const Placing& placing,
                           const NodeGate* gate) {
  if (nodes == 1 && gate == nullptr && gives_scores(placing.rule) && placing.book != nullptr) {
    const auto best = placing.book->best(capacity, option, placing);
    if (!best) return std::nullopt;
    return Picked{{best->node}, best->score};
  }
  std::vector<Room> rooms = rooms_for(capacity, option);
  std::uint64_t room_for = 0;
  for (const Room& room : rooms) room_for += room.kind->nodes.size();
  if (room_for < nodes) return std::nullopt;
  Picked picked{pick_nodes(capacity, std::move(rooms), nodes, placing, gate), 0};
  if (picked.nodes.size() < nodes) return std::nullopt;
  const std::uint32_t node = picked.nodes.front();
  if (placing.rule == PlacingRule::random) picked.score = draw_of(placing.seed, node);
  if (gives_scores(placing.rule)) {
    ScoreBook anew;
    ScoreBook& book = placing.book != nullptr ? *placing.book : anew;
    const std::uint32_t pool = capacity.pool_index(node);
    const Pool& of_node = capacity.pools()[pool];
    picked.score = book.score(capacity, pool, of_node.free.of(capacity.free_of(node)),
                              *of_node.demand(option), placing);
  }
  return picked;
}

std::vector<model::RankPlacement> ranks_on(const Capacity& capacity, const Picked& picked,
                                           const model::ResourceOption& option,
                                           const Placing& placing, const NodeGate* gate) {
  std::vector<model::RankPlacement> ranks;
  ranks.reserve(picked.nodes.size());
  for (const std::uint32_t node : picked.nodes) {
    ranks.push_back(rank_on(capacity, node, option, placing, gate));
    if (gate != nullptr) trim_to(*gate, capacity, option, ranks.back());
  }
  return ranks;
}

std::optional<std::vector<model::RankPlacement>> place(const Capacity& capacity,
                                                       std::uint32_t nodes,
                                                       const model::ResourceOption& option,
                                                       const Placing& placing,
                                                       const NodeGate* gate) {
  const auto picked = pick(capacity, nodes, option, placing, gate);
  if (!picked) return std::nullopt;
  return ranks_on(capacity, *picked, option, placing, gate);
}

}  // namespace weir::schedule
