// Which nodes are taken, held against looking at every node.
#include "schedule/place.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "schedule/fragmentation.h"
#include "schedule/usual_work.h"
#include "tests/schedule/support/made_up.h"

namespace weir::schedule::test {
namespace {

using model::PlacingRule;

model::Node node_of(std::uint32_t cpus, std::uint32_t devices, const char* model = "a100") {
  model::Node node;
  node.cpus = cpus;
  node.memory_bytes = 16 * gibibyte;
  node.devices.resize(devices);
  for (model::Device& device : node.devices) device.model = model;
  return node;
}

model::ResourceOption asks(std::uint32_t cpus, std::uint32_t devices, const char* model = "a100") {
  model::ResourceOption option;
  option.cpus = cpus;
  if (devices > 0) option.devices.push_back({model, devices});
  return option;
}

std::vector<std::uint32_t> nodes_for(const Capacity& capacity, std::uint32_t ranks,
                                     const model::ResourceOption& option, const Placing& placing) {
  std::vector<std::uint32_t> nodes;
  const auto placed = place(capacity, ranks, option, placing);
  if (!placed) return nodes;
  for (const model::RankPlacement& rank : *placed) nodes.push_back(rank.node);
  return nodes;
}

// ---- how nodes hang together

// The length of the path that all nodes of the set have in common.
std::size_t common_levels(const std::vector<model::Node>& nodes, std::uint32_t set) {
  std::optional<std::vector<std::string>> common;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (((set >> i) & 1U) == 0) continue;
    const auto& path = nodes[i].topology;
    if (!common) common = path;
    const auto ends = std::mismatch(common->begin(), common->end(), path.begin(), path.end());
    common->erase(ends.first, common->end());
  }
  return common->size();
}

class Closed final : public NodeGate {
 public:
  explicit Closed(std::uint32_t set) : set_(set) {}
  [[nodiscard]] bool open(std::uint32_t node, const RankDemand& /*demand*/) const override {
    return ((set_ >> node) & 1U) == 0;
  }

 private:
  std::uint32_t set_;
};

RC_GTEST_PROP(Place, a_gang_is_at_the_lowest_level_that_holds_it, (std::uint64_t seed)) {
  base::Random random{seed};
  std::vector<model::Node> nodes(2 + random.below(9));
  for (model::Node& node : nodes) {
    node = node_of(static_cast<std::uint32_t>(1 + random.below(4)), 0);
    const auto levels = random.chance(1, 6) ? random.below(3) : 2;
    for (std::uint64_t i = 0; i < levels; ++i) {
      node.topology.push_back("s" + std::to_string(random.below(3)));
    }
  }
  Capacity capacity(nodes);
  std::uint32_t fits = 0;
  const auto cpus = static_cast<std::uint32_t>(1 + random.below(2));
  const auto closed = static_cast<std::uint32_t>(random.below(1024) & random.below(1024));
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (random.chance(1, 4)) {
      const model::RankPlacement taken{i, 1, 0, {}};
      capacity.take({&taken, 1});
    }
    if (capacity.free_of(i).cpus >= cpus && ((closed >> i) & 1U) == 0) fits |= 1U << i;
  }
  const auto ranks = static_cast<std::uint32_t>(2 + random.below(4));
  const Closed gate(closed);
  for (const PlacingRule rule : {PlacingRule::tightest, PlacingRule::fragmentation,
                                 PlacingRule::best_fit, PlacingRule::dot_product}) {
    const auto placed = place(capacity, ranks, asks(cpus, 0), {rule, 0, nullptr}, &gate);
    RC_ASSERT(placed.has_value() == (std::popcount(fits) >= static_cast<int>(ranks)));
    if (!placed) continue;
    std::uint32_t mine = 0;
    for (const model::RankPlacement& rank : *placed) mine |= 1U << rank.node;
    RC_ASSERT(std::popcount(mine) == static_cast<int>(ranks));
    RC_ASSERT((mine & ~fits) == 0U);
    for (std::uint32_t other = fits; other != 0; other = (other - 1) & fits) {
      if (std::popcount(other) != static_cast<int>(ranks)) continue;
      RC_ASSERT(common_levels(nodes, other) <= common_levels(nodes, mine));
    }
  }
}

TEST(Place, under_the_lowest_switch_the_rule_says_which_nodes) {
  std::vector<model::Node> nodes(6, node_of(8, 0));
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].topology = {i < 3 ? "a" : "b"};
  nodes[3].cpus = 6;
  nodes[5].cpus = 4;
  const Capacity capacity(nodes);
  // Both switches have three; the first is taken, in it all are alike.
  EXPECT_EQ(nodes_for(capacity, 2, asks(4, 0), {}), (std::vector<std::uint32_t>{0, 1}));
  // At 5 processors two fit under `b`, which leaves no rest there.
  EXPECT_EQ(nodes_for(capacity, 2, asks(5, 0), {}), (std::vector<std::uint32_t>{3, 4}));
  nodes[0].topology = {"b"};
  EXPECT_EQ(nodes_for(Capacity(nodes), 3, asks(4, 0), {}), (std::vector<std::uint32_t>{0, 3, 5}));
}

TEST(Place, spread_first_and_random_do_not_mind_switches) {
  std::vector<model::Node> nodes(4, node_of(4, 0));
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].topology = {i % 2 == 0 ? "a" : "b"};
  nodes[1].cpus = 8;
  const Capacity capacity(nodes);
  EXPECT_EQ(nodes_for(capacity, 2, asks(1, 0), {PlacingRule::first, 0, nullptr}),
            (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(nodes_for(capacity, 2, asks(1, 0), {PlacingRule::spread, 0, nullptr}),
            (std::vector<std::uint32_t>{1, 0}));
}

// ---- fragmentation

UsualWork any_usual(base::Random& random, std::initializer_list<const char*> models) {
  std::vector<UsualDemand> seen;
  for (std::uint64_t i = 1 + random.below(4); i > 0; --i) {
    UsualDemand& demand = seen.emplace_back();
    demand.ranks = random.between(1, 9);
    demand.options = {asks(static_cast<std::uint32_t>(1 + random.below(9)),
                           static_cast<std::uint32_t>(random.below(5)),
                           *(models.begin() + random.below(models.size())))};
  }
  return usual_work(seen);
}

RC_GTEST_PROP(Place, what_is_unusable_is_the_measure_of_its_authors, (std::uint64_t seed)) {
  base::Random random{seed};
  const UsualWork usual = any_usual(random, {"a100", "h100"});
  const auto devices = static_cast<std::uint32_t>(random.below(5));
  const auto cpus = static_cast<std::uint32_t>(1 + random.below(10));
  const std::vector<model::Node> nodes{node_of(cpus, devices, "h100")};
  const Capacity capacity(nodes);
  UsualRequests requests;
  for (const UsualDemand& demand : usual.demands) {
    const model::ResourceOption& option = demand.options[0];
    SmallRequest request{option.cpus * 1000, 0, 0, 0};
    if (!option.devices.empty()) {
      request.devices = option.devices[0].count;
      request.device_milli = whole_device_milli;
      request.models = option.devices[0].model == "h100" ? 2 : 1;
    }
    requests.requests.push_back({request, demand.ranks});
    requests.total += demand.ranks;
  }
  const FreeNode node{cpus * 1000, 1, std::vector<std::int32_t>(devices, whole_device_milli)};
  RC_ASSERT(requests.total == usual.ranks);
  const Pool& pool = capacity.pools()[0];
  RC_ASSERT(UsualOnPool(pool, usual).unusable({pool.whole}) == unusable(node, requests));
}

RC_GTEST_PROP(Place, by_fragmentation_no_node_would_lose_less, (std::uint64_t seed)) {
  base::Random random{seed};
  std::vector<model::Node> nodes;
  for (std::uint64_t i = 1 + random.below(8); i > 0; --i) {
    nodes.push_back(node_of(static_cast<std::uint32_t>(2 + random.below(9)),
                            static_cast<std::uint32_t>(random.below(5)),
                            random.chance(1, 2) ? "a100" : "h100"));
  }
  Capacity capacity(nodes);
  const UsualWork usual = any_usual(random, {"a100", "h100"});
  const model::ResourceOption option =
      asks(static_cast<std::uint32_t>(1 + random.below(4)),
           static_cast<std::uint32_t>(random.below(3)), random.chance(1, 2) ? "a100" : "h100");
  const auto picked = nodes_for(capacity, 1, option, {PlacingRule::fragmentation, 0, &usual});
  std::optional<std::pair<std::int64_t, std::uint32_t>> best;  // score below nothing, node
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const Pool& pool = capacity.pool_of(i);
    const auto demand = pool.demand(option);
    if (!demand || !covers(capacity.free_of(i), *demand)) continue;
    const UsualOnPool measure(pool, usual);
    const std::int64_t before = measure.unusable(capacity.free_of(i));
    const model::RankPlacement rank = rank_on(capacity, i, option, {});
    capacity.take({&rank, 1});
    const std::int64_t change = before - measure.unusable(capacity.free_of(i));
    capacity.release({&rank, 1});
    const std::pair<std::int64_t, std::uint32_t> found{-score_of(change, usual.ranks), i};
    if (!best || found < *best) best = found;
  }
  RC_ASSERT(picked.size() == (best ? 1U : 0U));
  if (best) RC_ASSERT(picked[0] == best->second);
}

TEST(Place, work_without_devices_goes_where_no_device_is_lost_to_the_usual_work) {
  // Each device wants four processors. The first node has none to spare, the second has.
  const std::vector<model::Node> nodes{node_of(16, 4), node_of(24, 4)};
  const UsualWork usual =
      usual_work(std::vector<UsualDemand>{{{asks(4, 1)}, 10}, {{asks(16, 4)}, 10}});
  const Capacity capacity(nodes);
  EXPECT_EQ(nodes_for(capacity, 1, asks(4, 0), {}), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(nodes_for(capacity, 1, asks(4, 0), {PlacingRule::fragmentation, 0, &usual}),
            (std::vector<std::uint32_t>{1}));
}

TEST(Place, the_usual_work_is_the_most_frequent_that_makes_up_nearly_all) {
  std::vector<UsualDemand> seen{{{asks(1, 0)}, 3}, {{asks(2, 1)}, 90}, {{asks(4, 2)}, 5}};
  seen.push_back({{asks(1, 0)}, 2});
  seen.back().options[0].cpus_most = 9;  // what it may have beyond does not change where it fits
  const UsualWork usual = usual_work(seen);
  ASSERT_EQ(usual.demands.size(), 2U);
  EXPECT_EQ(usual.demands[0].options[0], asks(2, 1));
  EXPECT_EQ(usual.demands[1].options[0], asks(1, 0));
  EXPECT_EQ(usual.ranks, 95);
}

// ---- best fit and dot product

TEST(Place, best_fit_weighs_processors_and_devices_alike) {
  // Of the largest node (64 processors, 8 devices) the first keeps 48/64 + 0/8, the second 0 + 4/8.
  const std::vector<model::Node> nodes{node_of(64, 4), node_of(16, 8)};
  const Capacity capacity(nodes);
  EXPECT_EQ(nodes_for(capacity, 1, asks(16, 4), {}), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(nodes_for(capacity, 1, asks(16, 4), {PlacingRule::best_fit, 0, nullptr}),
            (std::vector<std::uint32_t>{1}));
}

TEST(Place, dot_product_keeps_what_matches_for_later) {
  // Much of a device, little of a processor: the node with few free devices matches it least.
  const std::vector<model::Node> nodes{node_of(16, 8), node_of(64, 2)};
  const Capacity capacity(nodes);
  EXPECT_EQ(nodes_for(capacity, 1, asks(1, 2), {PlacingRule::dot_product, 0, nullptr}),
            (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(nodes_for(capacity, 1, asks(16, 0), {PlacingRule::dot_product, 0, nullptr}),
            (std::vector<std::uint32_t>{0}));
}

TEST(Place, nodes_that_differ_by_less_than_a_hundredth_go_by_index) {
  std::vector<model::Node> nodes(3, node_of(1000, 0));
  nodes[1].cpus = 998;
  const Capacity capacity(nodes);
  EXPECT_EQ(nodes_for(capacity, 1, asks(500, 0), {PlacingRule::best_fit, 0, nullptr}),
            (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(nodes_for(capacity, 1, asks(500, 0), {}), (std::vector<std::uint32_t>{1}));
}

}  // namespace
}  // namespace weir::schedule::test
