#include "schedule/assign.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <iostream>

#include "base/random.h"
#include "schedule/auction.h"
#include "tests/schedule/support/linear_bound.h"

namespace weir::schedule::test {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s

struct Size {
  std::uint32_t demands = 0;
  std::uint32_t pools = 0;
  std::uint32_t tiers = 1;
};

// Pools of about the size of what wants them, which is where choosing is hardest.
void fit_to_load(base::Random& random, Competition& world) {
  std::vector<std::int64_t> wanted(world.capacities.size(), 0);
  for (const Alternative& each : world.alternatives) {
    wanted[each.pool] += each.units * world.demands[each.demand].tasks;
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto part = static_cast<std::int64_t>(wanted.size()) * 10;
    world.capacities[i] = wanted[i] / part * random.between(2, 20);
  }
}

// A world as a scheduler meets it: pools of unlike chips with some free device-seconds of a day's
// horizon; classes of gangs that run a while, each at its own speed on each chip it can use, and
// gain by finishing soon, some of them with more weight.
Competition any_world(base::Random& random, const Size& size) {
  constexpr std::int64_t horizon = 86'400;
  Competition world;
  for (std::uint32_t i = 0; i < size.pools; ++i) {
    world.capacities.push_back(random.chance(1, 8) ? 0 : random.between(8, 512) * horizon);
  }
  for (std::uint32_t i = 0; i < size.demands; ++i) {
    Demand demand;
    demand.tasks = random.between(1, random.chance(1, 4) ? 20'000 : 200);
    demand.tier = static_cast<std::uint32_t>(random.below(size.tiers));
    const std::int64_t devices = std::int64_t{1} << random.below(4);
    const std::int64_t length = random.between(60, 20'000);
    const std::int64_t weight = random.chance(1, 3) ? random.between(1, 100) : 1;
    const bool indifferent = random.chance(1, 6);  // as good on every chip: ties
    for (std::uint32_t pool = 0; pool < size.pools; ++pool) {
      if (!random.chance(2, 3)) continue;
      const std::int64_t time = indifferent ? length : length * random.between(10, 80) / 10;
      if (time > horizon) continue;
      world.alternatives.push_back(
          {i, pool, devices * time,
           completion_gain(base::Duration(horizon * 1s), base::Duration(time * 1s), weight)});
    }
    world.demands.push_back(demand);
  }
  if (random.chance(1, 2)) fit_to_load(random, world);
  return world;
}

// No demand is served more than it asks, no pool gives more than it has.
void expect_limits_kept(const Competition& world, const std::vector<std::int64_t>& amounts,
                        std::int64_t per_task) {
  ASSERT_EQ(amounts.size(), world.alternatives.size());
  std::vector<std::int64_t> served(world.demands.size(), 0);
  std::vector<std::int64_t> used(world.capacities.size(), 0);
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    ASSERT_GE(amounts[i], 0);
    served[world.alternatives[i].demand] += amounts[i];
    used[world.alternatives[i].pool] += amounts[i] * world.alternatives[i].units;
  }
  for (std::size_t i = 0; i < served.size(); ++i) {
    ASSERT_LE(served[i], world.demands[i].tasks * per_task);
  }
  for (std::size_t i = 0; i < used.size(); ++i) ASSERT_LE(used[i], world.capacities[i] * per_task);
}

double gain_of_whole_tasks(const Competition& world, const Assignment& assignment) {
  double gain = 0;
  for (std::size_t i = 0; i < assignment.tasks.size(); ++i) {
    gain +=
        static_cast<double>(assignment.tasks[i]) * static_cast<double>(world.alternatives[i].gain);
  }
  return gain;
}

TEST(Assign, is_within_two_percent_of_the_best_division_in_a_thousand_worlds) {
  base::Random random{20'261'122};
  double worst = 0;
  double sum = 0;
  double worst_whole = 0;
  double sum_whole = 0;
  constexpr int worlds = 1000;
  for (int i = 0; i < worlds; ++i) {
    const Size size{static_cast<std::uint32_t>(random.between(1, 12)),
                    static_cast<std::uint32_t>(random.between(1, 6))};
    const Competition world = any_world(random, size);
    const Assignment got = assign(world);
    expect_limits_kept(world, got.tasks_milli, 1000);
    expect_limits_kept(world, got.tasks, 1);
    const double best = linear_bound(world);
    ASSERT_GE(static_cast<double>(got.tiers.at(0).bound) + 1, best * (1 - 1e-9))
        << "what it calls a bound is none, in world " << i;
    if (best < 1) continue;
    const double gap = 1 - static_cast<double>(got.tiers[0].gain) / best;
    const double gap_whole = 1 - gain_of_whole_tasks(world, got) / best;
    EXPECT_LE(gap, 0.02) << "world " << i;
    worst = std::max(worst, gap);
    sum += gap;
    worst_whole = std::max(worst_whole, gap_whole);
    sum_whole += gap_whole;
  }
  std::cout << "gap to the bound in " << worlds << " worlds: divided load worst " << 100 * worst
            << "%, mean " << 100 * sum / worlds << "%; whole tasks worst " << 100 * worst_whole
            << "%, mean " << 100 * sum_whole / worlds << "%\n";
}

TEST(Assign, stays_near_the_best_where_kinds_are_many) {
  base::Random random{7};
  const Competition world = any_world(random, {200, 20});
  const auto before = std::chrono::steady_clock::now();
  const Assignment got = assign(world);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - before;
  const double gap = 1 - static_cast<double>(got.tiers.at(0).gain) / linear_bound(world);
  EXPECT_LE(gap, 0.02);
  std::cout << "200 kinds of work, 20 pools: gap " << 100 * gap << "%, " << took.count() << " ms\n";
}

TEST(Assign, gives_an_earlier_tier_what_it_could_have_alone) {
  base::Random random{99};
  double worst = 0;
  for (int i = 0; i < 300; ++i) {
    const Competition world = any_world(random, {8, 4, 3});
    const Assignment got = assign(world);
    expect_limits_kept(world, got.tasks_milli, 1000);
    expect_limits_kept(world, got.tasks, 1);
    ASSERT_FALSE(got.tiers.empty());
    const double alone = linear_bound(world, got.tiers[0].tier);
    if (alone < 1) continue;
    const double gap = 1 - static_cast<double>(got.tiers[0].gain) / alone;
    EXPECT_LE(gap, 0.02) << "world " << i;
    worst = std::max(worst, gap);
  }
  std::cout << "what the first tier lost by the others, at most: " << 100 * worst << "%\n";
}

TEST(Assign, ends_soon_where_all_is_nearly_alike_and_outbids_by_little) {
  base::Random random{3};
  constexpr std::uint32_t demands = 100;
  constexpr std::uint32_t pools = 10;
  for (const std::int64_t differ : {0, 1, 10, 100}) {
    std::vector<Way> ways;
    std::vector<std::int64_t> tasks;
    std::vector<std::int64_t> capacities(pools, 0);
    for (std::uint32_t i = 0; i < demands; ++i) {
      tasks.push_back(random.between(1, 1000) * parts_per_task);
      for (std::uint32_t pool = 0; pool < pools; ++pool) {
        const Wide worth = static_cast<Wide>(1000 + random.between(0, differ)) << worth_bits;
        ways.push_back({i, pool, 1000 + random.between(0, differ), worth});
        capacities[pool] += tasks.back() * 1000 / pools;
      }
    }
    for (std::int64_t& capacity : capacities) capacity = capacity * random.between(5, 15) / 10;
    const Auctioned done = auction(ways, tasks, capacities);
    const auto bound = static_cast<double>(bound_of(ways, tasks, capacities, done.prices));
    EXPECT_GE(static_cast<double>(worth_of(ways, done.parts)), bound * (1 - 1.0 / gap_accepted));
    EXPECT_LE(done.bids, 20 * ways.size());
  }
}

// Two pools of one task each. The first job is as well off on either, the second can use only the
// first pool.
Competition two_jobs(std::uint32_t tier_of_second, std::int64_t gain_of_second) {
  return {{{1, 0}, {1, tier_of_second}},
          {10, 10},
          {{0, 0, 10, 100}, {0, 1, 10, 100}, {1, 0, 10, gain_of_second}}};
}

TEST(Assign, an_earlier_job_that_does_not_mind_leaves_a_later_one_what_it_needs) {
  const Assignment got = assign(two_jobs(1, 100));
  EXPECT_EQ(got.tasks, (std::vector<std::int64_t>{0, 1, 1}));
}

TEST(Assign, an_earlier_job_keeps_its_place_however_much_a_later_one_would_gain) {
  Competition world = two_jobs(1, 1'000'000);
  world.alternatives[1].gain = 50;  // now it does mind
  const Assignment got = assign(world);
  EXPECT_EQ(got.tasks, (std::vector<std::int64_t>{1, 0, 0}));
}

TEST(Assign, among_jobs_of_one_tier_the_sum_counts) {
  Competition world = two_jobs(0, 1'000'000);
  world.alternatives[1].gain = 50;
  const Assignment got = assign(world);
  EXPECT_EQ(got.tasks, (std::vector<std::int64_t>{0, 1, 1}));
}

TEST(Assign, a_price_is_what_one_more_unit_would_add) {
  // 100 tasks that gain 3 a unit on the first pool and 1 a unit on the second, which is not full.
  const Competition world{{{100, 0}}, {50, 1000}, {{0, 0, 1, 3}, {0, 1, 1, 1}}};
  const Assignment got = assign(world);
  EXPECT_EQ(got.tasks, (std::vector<std::int64_t>{50, 50}));
  EXPECT_NEAR(static_cast<double>(got.prices_micro[0]), 2e6, 2e4);
  EXPECT_EQ(got.prices_micro[1], 0);
}

TEST(Assign, knows_the_exact_best_of_the_least_worlds) {
  EXPECT_TRUE(assign({}).tasks.empty());
  const Assignment nothing_free = assign({{{5, 0}}, {0}, {{0, 0, 1, 7}}});
  EXPECT_EQ(nothing_free.tasks, (std::vector<std::int64_t>{0}));
  const Assignment gangs = assign({{{5, 0}}, {7}, {{0, 0, 3, 7}}});
  EXPECT_EQ(gangs.tasks, (std::vector<std::int64_t>{2}));
}

TEST(Assign, stands_at_the_edge_of_its_numbers) {
  constexpr std::int64_t small = std::int64_t{1} << 29;
  constexpr std::int64_t large = std::int64_t{1} << 39;
  const Competition world{{{small, 0}, {small, 0}, {1, 1}},
                          {large, 1, large},
                          {{0, 0, 1, small},
                           {0, 1, large, small},
                           {0, 2, large, 1},
                           {1, 0, 1, 1},
                           {1, 2, 1, small},
                           {2, 0, large, small}}};
  const Assignment got = assign(world);
  expect_limits_kept(world, got.tasks, 1);
  EXPECT_EQ(got.tasks[0], small);
  EXPECT_EQ(got.tasks[4], small);
}

}  // namespace
}  // namespace weir::schedule::test
