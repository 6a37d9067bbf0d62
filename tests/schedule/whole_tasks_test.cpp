#include "schedule/whole_tasks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "base/random.h"
#include "schedule/assign.h"

namespace weir::schedule::test {
namespace {

// A few tasks of a few classes on pools that hold a few: where whole tasks are hardest.
Competition any_small_world(base::Random& random) {
  Competition world;
  const auto pools = static_cast<std::uint32_t>(random.between(1, 3));
  for (std::uint32_t i = 0; i < pools; ++i) world.capacities.push_back(random.between(1, 24));
  const auto demands = static_cast<std::uint32_t>(random.between(1, 4));
  for (std::uint32_t i = 0; i < demands; ++i) {
    world.demands.push_back({random.between(1, 4), 0});
    const std::int64_t size = std::int64_t{1} << random.below(4);
    for (std::uint32_t pool = 0; pool < pools; ++pool) {
      if (!random.chance(2, 3)) continue;
      world.alternatives.push_back(
          {i, pool, size * random.between(2, 6) / 2, size * random.between(0, 30)});
    }
  }
  return world;
}

// The most that whole tasks can gain, by trying everything from alternative `i` on.
std::int64_t best_of_all(Competition& world, std::size_t i) {
  if (i == world.alternatives.size()) return 0;
  const Alternative each = world.alternatives[i];
  std::int64_t& tasks = world.demands[each.demand].tasks;
  std::int64_t& capacity = world.capacities[each.pool];
  std::int64_t best = best_of_all(world, i + 1);
  std::int64_t taken = 0;
  while (tasks > 0 && capacity >= each.units) {
    ++taken;
    --tasks;
    capacity -= each.units;
    best = std::max(best, taken * each.gain + best_of_all(world, i + 1));
  }
  tasks += taken;
  capacity += taken * each.units;
  return best;
}

TEST(WholeTasks, gain_nearly_as_much_as_trying_everything_finds) {
  base::Random random{1};
  double worst = 0;
  double sum = 0;
  int not_best = 0;
  constexpr int worlds = 2000;
  for (int i = 0; i < worlds; ++i) {
    Competition world = any_small_world(random);
    const Assignment got = assign(world);
    Competition left = world;
    std::int64_t gain = 0;
    for (std::size_t a = 0; a < got.tasks.size(); ++a) {
      const Alternative& each = world.alternatives[a];
      ASSERT_GE(got.tasks[a], 0);
      left.demands[each.demand].tasks -= got.tasks[a];
      left.capacities[each.pool] -= got.tasks[a] * each.units;
      gain += got.tasks[a] * each.gain;
    }
    for (const Demand& demand : left.demands) ASSERT_GE(demand.tasks, 0);
    for (const std::int64_t capacity : left.capacities) ASSERT_GE(capacity, 0);
    for (const Alternative& each : world.alternatives) {
      ASSERT_TRUE(each.gain == 0 || left.demands[each.demand].tasks == 0 ||
                  left.capacities[each.pool] < each.units)
          << "one task more would have fitted, in world " << i;
    }
    const std::int64_t best = best_of_all(world, 0);
    ASSERT_LE(gain, best);
    if (best == 0) continue;
    const double gap = 1 - static_cast<double>(gain) / static_cast<double>(best);
    worst = std::max(worst, gap);
    sum += gap;
    not_best += gap > 0 ? 1 : 0;
  }
  std::cout << "whole tasks in " << worlds << " small worlds: not the best in " << not_best
            << ", mean gap " << 100 * sum / worlds << "%, worst " << 100 * worst << "%\n";
  EXPECT_LE(sum / worlds, 0.002);
}

TEST(WholeTasks, two_small_ones_give_way_to_a_large_one_worth_more) {
  // Divided, the small ones have the better gain for their units and take 6 of 8 units.
  const Competition world{{{1, 0}, {2, 0}}, {8}, {{0, 0, 8, 100}, {1, 0, 3, 40}}};
  EXPECT_EQ(assign(world).tasks, (std::vector<std::int64_t>{1, 0}));
}

TEST(WholeTasks, one_moves_elsewhere_to_let_another_in) {
  // The first is a little better off on the first pool, the only one that the second can use.
  const Competition world{{{1, 0}, {1, 0}}, {4, 4}, {{0, 0, 3, 50}, {0, 1, 3, 49}, {1, 0, 4, 40}}};
  EXPECT_EQ(assign(world).tasks, (std::vector<std::int64_t>{0, 1, 1}));
}

}  // namespace
}  // namespace weir::schedule::test
