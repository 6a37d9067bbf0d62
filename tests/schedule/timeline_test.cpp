#include "schedule/timeline.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace weir::schedule::test {
namespace {

constexpr base::Time now = base::time_from_us(1'000);

base::Time at(std::int64_t later) { return now + base::Duration(later); }

// A small site full of holds and reservations, and the same as plain lists.
struct World {
  struct Entry {
    std::uint32_t node;
    base::Time start;
    base::Time end;
    std::uint32_t cpus;
    std::uint64_t owner;  // 0: a hold
  };
  std::vector<model::Node> nodes;
  Capacity capacity;
  Timeline timeline;
  std::vector<Entry> entries;

  explicit World(std::uint64_t seed) {
    base::Random random{seed};
    nodes.resize(1 + random.below(5));
    for (model::Node& node : nodes) node.cpus = static_cast<std::uint32_t>(1 + random.below(4));
    capacity = Capacity(nodes);
    timeline = Timeline(capacity.nodes());
    for (std::uint64_t i = random.below(8); i > 0; --i) hold(random);
    for (std::uint64_t owner = random.below(6); owner > 0; --owner) reserve(random, owner);
  }

  void hold(base::Random& random) {
    const auto node = static_cast<std::uint32_t>(random.below(nodes.size()));
    const std::uint32_t free = capacity.free_of(node).cpus;
    if (free == 0) return;
    const auto cpus = static_cast<std::uint32_t>(1 + random.below(free));
    const base::Time end = random.chance(1, 8) ? never : at(1 + random.between(0, 20));
    const std::vector<model::RankPlacement> ranks{{node, cpus, 0, {}}};
    capacity.take(ranks);
    timeline.add_hold(capacity, ranks, end);
    entries.push_back({node, now, end, cpus, 0});
  }

  // As a promise is made: at the earliest slot that disturbs no other.
  void reserve(base::Random& random, std::uint64_t owner) {
    model::ResourceOption option;
    option.cpus = static_cast<std::uint32_t>(1 + random.below(4));
    const base::Duration length(random.between(1, 12));
    const auto slot = timeline.earliest(capacity, static_cast<std::uint32_t>(1 + random.below(2)),
                                        option, {length, owner}, now);
    if (!slot || slot->start == never) return;
    const base::Time end = slot->start + length;
    for (const std::uint32_t node : slot->nodes) {
      timeline.reserve({&node, 1}, *capacity.pool_of(node).demand(option), slot->start, end, owner);
      entries.push_back({node, slot->start, end, option.cpus, owner});
    }
  }

  // Whether `cpus` more fit on the node from `start` to `end`, looked at moment by moment.
  [[nodiscard]] bool has_room(std::uint32_t node, std::uint32_t cpus, base::Time start,
                              base::Time end, std::uint64_t owner) const {
    for (base::Time moment = start; moment < std::min(end, at(400)); moment += base::Duration(1)) {
      std::uint32_t used = cpus;
      for (const Entry& entry : entries) {
        if (entry.node != node || (owner != 0 && entry.owner == owner)) continue;
        if (entry.start <= moment && moment < entry.end) used += entry.cpus;
      }
      if (used > nodes[node].cpus) return false;
    }
    return true;
  }
};

RC_GTEST_PROP(Timeline, the_earliest_slot_is_the_one_found_by_trying_every_moment,
              (std::uint64_t seed)) {
  const World world(seed);
  base::Random random{seed + 1};
  model::ResourceOption option;
  option.cpus = static_cast<std::uint32_t>(1 + random.below(4));
  const auto ranks = static_cast<std::uint32_t>(1 + random.below(3));
  const Stay stay{base::Duration(random.between(1, 12)), random.below(7)};
  const auto slot = world.timeline.earliest(world.capacity, ranks, option, stay, now);
  for (std::int64_t later = 0; later < 300; ++later) {
    std::uint32_t fitting = 0;
    for (std::uint32_t node = 0; node < world.nodes.size(); ++node) {
      const bool fits =
          world.has_room(node, option.cpus, at(later), at(later) + *stay.length, stay.owner);
      fitting += fits ? 1 : 0;
    }
    if (fitting < ranks) continue;
    RC_ASSERT(slot.has_value());
    RC_ASSERT(slot->start == at(later));
    RC_ASSERT(slot->nodes.size() == ranks);
    for (const std::uint32_t node : slot->nodes) {
      RC_ASSERT(
          world.has_room(node, option.cpus, slot->start, slot->start + *stay.length, stay.owner));
    }
    return;
  }
  const bool found = slot && slot->start != never;
  RC_ASSERT(!found);
}

RC_GTEST_PROP(Timeline, what_starts_now_where_it_is_open_disturbs_nobody, (std::uint64_t seed)) {
  const World world(seed);
  base::Random random{seed + 1};
  const auto cpus = static_cast<std::uint32_t>(1 + random.below(4));
  const Stay stay{
      random.chance(1, 4) ? std::nullopt : std::optional(base::Duration(random.between(1, 12))), 0};
  for (std::uint32_t node = 0; node < world.nodes.size(); ++node) {
    if (world.capacity.free_of(node).cpus < cpus) continue;
    RankDemand demand;
    demand.cpus = cpus;
    RC_ASSERT(world.timeline.open(world.capacity, node, demand, stay, now) ==
              world.has_room(node, cpus, now, stay.end_from(now), 0));
  }
}

}  // namespace
}  // namespace weir::schedule::test
