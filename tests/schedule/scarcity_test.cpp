// Placing by what is left for usual work: prices of devices against CLP, places against looking at
// every node, and what is remembered against what is not.
#include "schedule/scarcity.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "base/random.h"
#include "schedule/choose.h"
#include "schedule/score_book.h"
#include "tests/schedule/support/cutting_stock.h"

namespace weir::schedule::test {
namespace {

using model::PlacingRule;

model::ResourceOption asks(std::uint32_t cpus, std::uint32_t device_milli,
                           const char* model = "a100") {
  model::ResourceOption option;
  option.cpus = cpus;
  if (device_milli == 0) return option;
  option.devices = {{model, std::max(1U, device_milli / model::whole_device_milli)}};
  option.device_milli = std::min(device_milli, model::whole_device_milli);
  return option;
}

UsualWork usual_shares(const std::map<std::uint32_t, std::int64_t>& shares) {
  std::vector<UsualDemand> seen;
  for (const auto& [milli, ranks] : shares) seen.push_back({{asks(1, milli)}, ranks});
  return usual_work(seen, 100);
}

// Any division of a device is worth no more than the device, and the usual shares together are
// worth the fewest devices that could serve them: so the prices are the best there are.
RC_GTEST_PROP(DeviceWorth, is_the_dual_of_the_fewest_devices, (std::uint64_t seed)) {
  base::Random random{seed};
  std::map<std::uint32_t, std::int64_t> shares;
  for (std::uint64_t i = 0, sizes = 1 + random.below(6); i < sizes; ++i) {
    shares[static_cast<std::uint32_t>(random.between(15, 99)) * 10] = random.between(1, 500);
  }
  const auto worth = device_worth(usual_shares(shares));
  double all = 0;
  for (const auto& [milli, ranks] : shares)
    all += worth[milli] / 1000.0 * static_cast<double>(ranks);
  for (std::uint32_t a = 0; a <= 1000; ++a) {
    for (std::uint32_t b = 0; a + b <= 1000; b += 50) {
      RC_ASSERT(worth[a] + worth[b] <= worth[a + b] + 1);  // but for rounding
    }
  }
  RC_ASSERT(worth[1000] == 1000);
  const double fewest = fewest_devices(shares);
  double ranks_all = 0;
  for (const auto& [milli, ranks] : shares) ranks_all += static_cast<double>(ranks);
  RC_ASSERT(std::abs(all - fewest) <= 0.0006 * ranks_all + 1e-6 * fewest);
}

TEST(DeviceWorth, is_nothing_where_nobody_asks_for_a_share) {
  const std::vector<UsualDemand> seen{{{asks(1, 2000)}, 3}};
  const auto worth = device_worth(usual_work(seen, 100));
  EXPECT_EQ(std::count(worth.begin(), worth.end(), 0), 1001);
}

TEST(Scarcity, a_share_leaves_what_others_can_use) {
  // Shares of 0.6 and 0.4 make whole devices; two of 0.4 spoil one.
  const UsualWork usual = usual_shares({{600, 10}, {400, 10}});
  const auto worth = device_worth(usual);
  EXPECT_EQ(spoiled(worth, 400, 400), 0);
  EXPECT_EQ(spoiled(worth, 1000, 400), 0);
  EXPECT_GT(spoiled(worth, 600, 400), 0);
}

TEST(Scarcity, what_only_few_nodes_can_give_is_spared) {
  model::Node plenty;
  plenty.cpus = 64;
  plenty.devices.resize(1);
  plenty.devices[0].model = "a100";
  model::Node few = plenty;  // of those with processors enough for the big requests
  plenty.cpus = 8;
  const std::vector<model::Node> nodes{few, plenty, plenty, plenty};
  const Capacity capacity(nodes);
  const std::vector<UsualDemand> seen{{{asks(4, 1000)}, 10}, {{asks(48, 1000)}, 10}};
  const UsualWork usual = usual_work(seen, 100);
  PlacesLeft left;
  add_places_left(capacity, usual, left);
  Placing placing{PlacingRule::scarcity, 0, &usual};
  placing.left = &left;
  EXPECT_EQ(place(capacity, 1, asks(4, 1000), placing)->front().node, 1U);
  EXPECT_EQ(place(capacity, 1, asks(48, 1000), placing)->front().node, 0U);
}

// ---- what is remembered

struct World {
  std::vector<model::Node> nodes;
  std::vector<model::ResourceOption> options;
  UsualWork usual;
};

World any_world(base::Random& random) {
  World world;
  const std::array<const char*, 2> models{"a100", "h100"};
  for (std::uint64_t i = 0, count = 1 + random.below(8); i < count; ++i) {
    model::Node& node = world.nodes.emplace_back();
    node.cpus = static_cast<std::uint32_t>(random.between(2, 6)) * 4;
    node.devices.resize(random.below(5));
    const char* const model = models.at(random.below(2));
    for (model::Device& device : node.devices) device.model = model;
  }
  for (int i = 0; i < 6; ++i) {
    const auto milli = static_cast<std::uint32_t>(random.chance(1, 2) ? 100 * random.below(10)
                                                                      : 1000 * random.below(4));
    world.options.push_back(
        asks(static_cast<std::uint32_t>(random.between(1, 9)), milli, models.at(random.below(2))));
  }
  std::vector<UsualDemand> seen;
  for (const model::ResourceOption& option : world.options) {
    seen.push_back({{option}, random.between(1, 20)});
  }
  world.usual = usual_work(seen, 100);
  return world;
}

// A book that lived through many placements and ends says what one that was just begun says; and so
// does the way through all rooms.
RC_GTEST_PROP(ScoreBook, remembers_nothing_that_is_no_longer_so, (std::uint64_t seed)) {
  base::Random random{seed};
  const World world = any_world(random);
  const std::array rules{PlacingRule::fragmentation, PlacingRule::scarcity, PlacingRule::best_fit,
                         PlacingRule::dot_product, PlacingRule::device_packing};
  const PlacingRule rule = rules.at(random.below(rules.size()));
  Capacity capacity(world.nodes);
  PlacesLeft left;
  add_places_left(capacity, world.usual, left);
  ScoreBook kept;
  std::vector<std::vector<model::RankPlacement>> placed;
  for (int i = 0; i < 60; ++i) {
    if (!placed.empty() && random.chance(1, 3)) {
      std::swap(placed[static_cast<std::size_t>(random.below(placed.size()))], placed.back());
      capacity.release(placed.back());
      placed.pop_back();
      continue;
    }
    if (random.chance(1, 10)) {
      left = {};
      add_places_left(capacity, world.usual, left);
      kept.forget_costs();
    }
    const auto& option =
        world.options[static_cast<std::size_t>(random.below(world.options.size()))];
    Placing placing{rule, 0, &world.usual, &left};
    const auto by_rooms = place(capacity, 1, option, placing);
    ScoreBook fresh;
    placing.book = &fresh;
    const auto by_fresh = place(capacity, 1, option, placing);
    placing.book = &kept;
    const auto by_kept = place(capacity, 1, option, placing);
    RC_ASSERT(by_kept == by_fresh);
    RC_ASSERT(by_kept == by_rooms);
    if (!by_kept) continue;
    capacity.take(*by_kept);
    placed.push_back(*by_kept);
  }
}

TEST(Choose, of_options_alike_the_one_that_is_placed_best) {
  const World world = [] {
    base::Random random{1};
    return any_world(random);
  }();
  model::Node small;
  small.cpus = 4;
  small.devices.resize(1);
  small.devices[0].model = "h100";
  model::Node large = small;
  large.cpus = 64;
  large.devices[0].model = "a100";
  const Capacity capacity(std::vector{large, small});
  const Request request{1, {asks(4, 1000, "a100"), asks(4, 1000, "h100")}, false};
  const std::vector<std::uint32_t> both{0, 1};
  Placing placing{PlacingRule::best_fit};
  EXPECT_EQ(choose(capacity, request, both, placing)->option, 0U);
  placing.best_of_options = true;
  EXPECT_EQ(choose(capacity, request, both, placing)->option, 1U);
}

}  // namespace
}  // namespace weir::schedule::test
