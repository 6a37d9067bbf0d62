// The rules of placing that are other people's, each by its own law, as its authors write it.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "schedule/place.h"

namespace weir::schedule::test {
namespace {

using model::PlacingRule;

struct World {
  std::vector<model::Node> nodes;
  Capacity capacity{std::vector<model::Node>()};
  std::vector<model::RankPlacement> held;  // one rank each
  model::ResourceOption wanted;
};

model::ResourceOption any_wanted(base::Random& random) {
  model::ResourceOption option;
  option.cpus = static_cast<std::uint32_t>(1 + random.below(16));
  if (random.chance(1, 5)) return option;
  option.devices.push_back({"gpu", static_cast<std::uint32_t>(1 + random.below(3))});
  if (random.chance(1, 2)) {
    option.devices.front().count = 1;
    option.device_milli = static_cast<std::uint32_t>(100 * (1 + random.below(9)));
  }
  return option;
}

// Nodes of which something is held already, and one more rank to place.
World any_world(std::uint64_t seed) {
  base::Random random{seed};
  World world;
  for (std::uint64_t i = 0, count = 2 + random.below(12); i < count; ++i) {
    model::Node& node = world.nodes.emplace_back();
    node.name = "n" + std::to_string(i);
    node.cpus = static_cast<std::uint32_t>(16 << random.below(3));
    node.devices.resize(static_cast<std::size_t>(1) << random.below(4));
    for (model::Device& device : node.devices) device.model = "gpu";
  }
  world.capacity = Capacity(world.nodes);
  for (std::uint64_t i = 0, count = random.below(12); i < count; ++i) {
    const auto placed =
        place(world.capacity, 1, any_wanted(random), {PlacingRule::random, random.next()});
    if (!placed) continue;
    world.capacity.take(*placed);
    world.held.push_back(placed->front());
  }
  world.wanted = any_wanted(random);
  return world;
}

std::int64_t milli_left(const World& world, std::uint32_t node) {
  std::int64_t left = 0;
  for (std::uint32_t i = 0; i < world.nodes[node].devices.size(); ++i) {
    left += world.capacity.device_left(node, i);
  }
  return left;
}

std::int64_t milli_wanted(const World& world) {
  if (world.wanted.devices.empty()) return 0;
  return std::int64_t{world.wanted.devices.front().count} * world.wanted.device_milli;
}

// Looks at the devices one by one, as Capacity does not.
bool fits(const World& world, std::uint32_t node) {
  if (world.capacity.free_of(node).cpus < world.wanted.cpus) return false;
  if (world.wanted.devices.empty()) return true;
  std::uint32_t enough = 0;
  for (std::uint32_t i = 0; i < world.nodes[node].devices.size(); ++i) {
    enough += world.capacity.device_left(node, i) >= world.wanted.device_milli ? 1 : 0;
  }
  return enough >= world.wanted.devices.front().count;
}

struct Largest {
  double cpus = 1;
  double milli = 1;
};
Largest largest_of(const World& world) {
  Largest largest;
  for (const model::Node& node : world.nodes) {
    largest.cpus = std::max(largest.cpus, static_cast<double>(node.cpus));
    largest.milli = std::max(largest.milli, 1000.0 * static_cast<double>(node.devices.size()));
  }
  return largest;
}

// The rule's node measures no more than any other that fits, but for the hundredth that scores are
// rounded to.
template <typename Measure>
void takes_the_least(std::uint64_t seed, PlacingRule rule, const Measure& measure) {
  const World world = any_world(seed);
  const auto placed = place(world.capacity, 1, world.wanted, {rule});
  for (std::uint32_t node = 0; node < world.nodes.size(); ++node) {
    if (!fits(world, node)) continue;
    RC_ASSERT(placed.has_value());
    RC_ASSERT(measure(world, placed->front().node) <= measure(world, node) + 0.01 + 1e-9);
  }
  if (placed) RC_ASSERT(fits(world, placed->front().node));
}

// What is left over of processors and of devices, as parts of the largest node, is the least.
RC_GTEST_PROP(Baselines, best_fit_leaves_the_least, (std::uint64_t seed)) {
  takes_the_least(seed, PlacingRule::best_fit, [](const World& world, std::uint32_t node) {
    const Largest largest = largest_of(world);
    const double cpus = world.capacity.free_of(node).cpus - world.wanted.cpus;
    const auto milli = static_cast<double>(milli_left(world, node) - milli_wanted(world));
    return (cpus / largest.cpus + milli / largest.milli) / 2;
  });
}

// Demand times what is free is the least (Grandl et al. 2014, reversed as FGD's authors have it).
RC_GTEST_PROP(Baselines, dot_product_matches_the_least, (std::uint64_t seed)) {
  takes_the_least(seed, PlacingRule::dot_product, [](const World& world, std::uint32_t node) {
    const Largest largest = largest_of(world);
    const double cpus = static_cast<double>(world.capacity.free_of(node).cpus) * world.wanted.cpus /
                        largest.cpus / largest.cpus;
    const double milli = static_cast<double>(milli_left(world, node)) *
                         static_cast<double>(milli_wanted(world)) / largest.milli / largest.milli;
    return (cpus + milli) / 2;
  });
}

bool is_idle(const World& world, std::uint32_t node) {
  return milli_left(world, node) ==
         static_cast<std::int64_t>(1000 * world.nodes[node].devices.size());
}
bool has_a_shared_device_for_it(const World& world, std::uint32_t node) {
  for (std::uint32_t i = 0; i < world.nodes[node].devices.size(); ++i) {
    const std::uint32_t left = world.capacity.device_left(node, i);
    if (left < 1000 && left >= world.wanted.device_milli) return true;
  }
  return false;
}

// No idle node while one in use will do; no idle device while one in use will do.
RC_GTEST_PROP(Baselines, device_packing_opens_nothing_new_without_need, (std::uint64_t seed)) {
  const World world = any_world(seed);
  RC_PRE(!world.wanted.devices.empty());
  const auto placed = place(world.capacity, 1, world.wanted, {PlacingRule::device_packing});
  bool some_in_use = false;
  bool some_shared = false;
  for (std::uint32_t node = 0; node < world.nodes.size(); ++node) {
    if (!fits(world, node)) continue;
    some_in_use = some_in_use || !is_idle(world, node);
    some_shared = some_shared || has_a_shared_device_for_it(world, node);
  }
  RC_CLASSIFY(some_in_use);
  if (!placed) return;
  const std::uint32_t node = placed->front().node;
  if (some_in_use) RC_ASSERT(!is_idle(world, node));
  if (world.wanted.is_share() && some_shared) {
    RC_ASSERT(world.capacity.device_left(node, placed->front().devices.front()) < 1000U);
  }
}

// Every node that fits is as likely as any other, and no other is ever taken.
TEST(Baselines, random_takes_each_node_as_often) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const World world = any_world(seed);
    std::vector<std::uint32_t> fitting;
    for (std::uint32_t node = 0; node < world.nodes.size(); ++node) {
      if (fits(world, node)) fitting.push_back(node);
    }
    if (fitting.empty()) continue;
    constexpr int draws = 4000;
    std::vector<int> taken(world.nodes.size(), 0);
    for (std::uint64_t draw = 0; draw < draws; ++draw) {
      base::Random random{seed * draws + draw};
      const auto placed =
          place(world.capacity, 1, world.wanted, {PlacingRule::random, random.next()});
      ASSERT_TRUE(placed.has_value());
      ++taken[placed->front().node];
    }
    const double part = 1.0 / static_cast<double>(fitting.size());
    const double five_deviations = 5 * std::sqrt(draws * part * (1 - part));
    int of_fitting = 0;
    for (const std::uint32_t node : fitting) {
      EXPECT_NEAR(taken[node], draws * part, five_deviations + 1e-9) << node;
      of_fitting += taken[node];
    }
    EXPECT_EQ(of_fitting, draws);
  }
}

}  // namespace
}  // namespace weir::schedule::test
