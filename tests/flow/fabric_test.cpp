// Gangs in a tree of switches: their routes, and what they get beside one another.
#include "flow/fabric.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "base/random.h"

namespace weir::flow::test {
namespace {

using base::Duration;
using Gangs = std::vector<std::vector<std::uint32_t>>;
constexpr std::int64_t gigabit = 1'000'000'000;

// Two pods of two leaves of four nodes: 0-3, 4-7 in the first, 8-11, 12-15 in the second. Leaves'
// uplinks carry half of what comes from below, pods' uplinks half of that.
Fabric small() {
  std::vector<Fabric::Path> paths;
  paths.reserve(16);
  for (int node = 0; node < 16; ++node) {
    paths.push_back({"core", "pod" + std::to_string(node / 8), "leaf" + std::to_string(node / 4)});
  }
  const std::array<std::uint32_t, 3> over{1'000'000, 2'000'000, 2'000'000};
  return {paths, 100 * gigabit, over, Duration(1)};
}

TEST(Fabric, is_as_wide_upwards_as_its_oversubscription_says) {
  const Fabric fabric = small();
  const auto narrowest = [&](std::size_t from, std::size_t to) {
    std::int64_t least = 1000 * gigabit;
    for (const std::size_t link : fabric.route(from, to)) {
      least = std::min(least, fabric.links()[link].bits_per_second);
    }
    return least;
  };
  EXPECT_TRUE(fabric.route(3, 3).empty());
  EXPECT_EQ(fabric.route(0, 3).size(), 2U);  // card, card
  EXPECT_EQ(fabric.route(0, 4).size(), 4U);  // and a leaf up, a leaf down
  EXPECT_EQ(fabric.route(0, 8).size(), 6U);  // and a pod up, a pod down
  EXPECT_EQ(narrowest(0, 3), 100 * gigabit);
  EXPECT_EQ(fabric.links()[fabric.route(0, 4)[1]].bits_per_second, 200 * gigabit);
  EXPECT_EQ(fabric.links()[fabric.route(0, 8)[2]].bits_per_second, 200 * gigabit);
  // Of 100: 100 below a leaf, 50 beyond it, 25 beyond the pod.
  EXPECT_EQ(fabric.least_bits_per_second(0, 3), 100 * gigabit);
  EXPECT_EQ(fabric.least_bits_per_second(0, 4), 50 * gigabit);
  EXPECT_EQ(fabric.least_bits_per_second(0, 8), 25 * gigabit);
}

TEST(Fabric, slows_down_gangs_that_share_uplinks) {
  const Fabric fabric = small();
  // Under one leaf: nothing. Four that each cross from leaf to leaf, and come back: 4 × 100 each
  // way on 200.
  EXPECT_EQ(ring_slow_downs(fabric, Gangs{{0, 1, 2, 3}, {5}}),
            (std::vector<std::int64_t>{1'000'000, 1'000'000}));
  EXPECT_EQ(ring_slow_downs(fabric, Gangs{{0, 4}, {1, 5}, {2, 6}, {3, 7}}),
            std::vector<std::int64_t>(4, 2'000'000));
  // A ring of eight over two leaves crosses once each way, which the uplink has room for.
  EXPECT_EQ(ring_slow_downs(fabric, Gangs{{0, 1, 2, 3, 4, 5, 6, 7}}),
            (std::vector<std::int64_t>{1'000'000}));
  // Between pods, all eight of each: 8 × 100 on 200.
  Gangs pairs;
  for (std::uint32_t node = 0; node < 8; ++node) pairs.push_back({node, node + 8});
  EXPECT_EQ(ring_slow_downs(fabric, pairs), std::vector<std::int64_t>(8, 4'000'000));
  // Rings of four that go to the other pod once and come back once, three at once: 3 × 100 on 200.
  // What goes from node to node of a leaf is as quick as ever, and waits for the rest.
  EXPECT_EQ(ring_slow_downs(fabric, Gangs{{0, 8, 9, 1}, {2, 10, 11, 3}, {4, 12, 13, 5}}),
            std::vector<std::int64_t>(3, 1'500'000));
}

RC_GTEST_PROP(Fabric, nobody_gets_less_than_oversubscription_leaves_or_more_than_a_card,
              (std::uint64_t seed)) {
  base::Random random{seed};
  std::vector<Fabric::Path> paths;
  const std::size_t nodes = 4 + random.below(40);
  paths.reserve(nodes);
  for (std::size_t i = 0; i < nodes; ++i) {
    paths.push_back({"core" + std::to_string(random.below(2)),
                     "pod" + std::to_string(random.below(3)),
                     "leaf" + std::to_string(random.below(3))});
  }
  std::array<std::uint32_t, 3> over{};
  for (std::uint32_t& each : over)
    each = static_cast<std::uint32_t>(random.between(1, 8)) * 1'000'000;
  const Fabric fabric(paths, 840 * gigabit, over);
  std::vector<std::uint32_t> order(nodes);
  std::iota(order.begin(), order.end(), 0U);
  random.shuffle(std::span(order));
  Gangs gangs;
  for (std::size_t at = 0; at < nodes;) {
    const std::size_t size = std::min<std::size_t>(1 + random.below(8), nodes - at);
    const auto begin = order.begin() + static_cast<std::ptrdiff_t>(at);
    gangs.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(size));
    at += size;
  }
  const std::vector<std::int64_t> slow = ring_slow_downs(fabric, gangs);
  for (std::size_t gang = 0; gang < gangs.size(); ++gang) {
    std::int64_t least = fabric.card_bits_per_second();
    for (std::size_t i = 0; i < gangs[gang].size(); ++i) {
      const std::size_t from = gangs[gang][i];
      const std::size_t to = gangs[gang][(i + 1) % gangs[gang].size()];
      least = std::min(least, fabric.least_bits_per_second(from, to));
      const auto there = fabric.route(from, to);
      const std::set<std::size_t> once(there.begin(), there.end());
      RC_ASSERT(once.size() == there.size());
    }
    RC_ASSERT(slow[gang] >= 1'000'000);
    // To the rounding of links' rates.
    const double most =
        static_cast<double>(fabric.card_bits_per_second()) / static_cast<double>(least);
    RC_ASSERT(static_cast<double>(slow[gang]) <= most * 1e6 + 2);
  }
}

}  // namespace
}  // namespace weir::flow::test
