#include "schedule/fragmentation.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <iostream>

#include "base/random.h"
#include "tests/schedule/support/openb.h"

namespace weir::schedule::test {
namespace {

std::int32_t score_in_floating_point(double change_in_devices) {
  return static_cast<std::int32_t>(100.0 / (1.0 + std::exp(-change_in_devices)));
}

TEST(Fragmentation, the_score_is_in_hundredths_of_the_sigmoid) {
  EXPECT_EQ(score_of(0, 7), 50);
  EXPECT_EQ(score_of(1, 1'000'000), 50);
  EXPECT_EQ(score_of(-1, 1'000'000), 49);
  base::Random random{3};
  for (int i = 0; i < 200'000; ++i) {
    const std::int64_t total = random.between(1, 20'000);
    const std::int64_t change = random.between(-8000, 8000) * random.between(1, total);
    const double devices = static_cast<double>(change) / static_cast<double>(total) / 1000;
    ASSERT_EQ(score_of(change, total), score_in_floating_point(devices)) << change << "/" << total;
  }
}

TEST(Fragmentation, steps_stand_where_the_logarithm_says) {
  for (int k = 1; k < 100; ++k) {
    const double at = std::log(k / (100.0 - k));
    const auto near = static_cast<std::int64_t>(std::floor(at * 1e9));
    if (k != 50) {
      EXPECT_LT(score_of(near - 1, 1'000'000), k) << k;
    }
    EXPECT_GE(score_of(near + 2, 1'000'000), k) << k;
  }
}

// The definition as the authors write it, in floating point, class by class.
double fragmented_milli(const FreeNode& node, const UsualRequests& usual) {
  double sum = 0;
  for (const RequestCount& each : usual.requests) {
    const SmallRequest& request = each.request;
    const double popularity = static_cast<double>(each.count) / static_cast<double>(usual.total);
    for (const std::int32_t left : node.device_milli) {
      const bool used = request.devices > 0 && fits(node, request) && left >= request.device_milli;
      if (!used) sum += popularity * left;
    }
  }
  return sum;
}

SmallRequest any_request(base::Random& random) {
  SmallRequest request;
  request.cpu_milli = random.between(0, 8) * 1000;
  request.devices = static_cast<std::uint32_t>(random.below(4));
  request.device_milli = request.devices == 0 ? 0
                         : request.devices == 1 && random.chance(1, 2)
                             ? static_cast<std::int32_t>(random.between(1, 9)) * 100
                             : whole_device_milli;
  if (request.devices > 0 && random.chance(1, 3)) request.models = random.between(1, 3);
  return request;
}

std::vector<SmallNode> any_nodes(base::Random& random) {
  std::vector<SmallNode> nodes(static_cast<std::size_t>(random.between(1, 12)));
  for (SmallNode& node : nodes) {
    node.free.cpu_milli = random.between(4, 24) * 1000;
    node.free.model = static_cast<std::uint32_t>(random.below(2));
    node.free.device_milli.assign(random.below(5), whole_device_milli);
    node.memory_bytes = random.between(4, 32);
  }
  return nodes;
}

TEST(FragmentationIndex, finds_what_a_look_at_every_node_finds) {
  base::Random random{11};
  for (int world = 0; world < 300; ++world) {
    std::vector<SmallRequest> seen;
    seen.reserve(40);
    for (int i = 0; i < 40; ++i) seen.push_back(any_request(random));
    const UsualRequests usual = usual_requests(seen, 95);
    std::vector<SmallNode> nodes = any_nodes(random);
    FragmentationIndex index(nodes, usual);
    struct Held {
      std::uint32_t node;
      SmallRequest request;
      std::vector<std::uint32_t> devices;
    };
    std::vector<Held> held;
    for (int i = 0; i < 60; ++i) {
      if (!held.empty() && random.chance(1, 3)) {
        const Held back = held.back();
        held.pop_back();
        index.give_back(back.node, back.request, 2, back.devices);
        continue;
      }
      const SmallRequest request = any_request(random);
      std::optional<FragmentationIndex::Found> expected;
      for (std::uint32_t n = 0; n < nodes.size(); ++n) {
        const FreeNode& free = index.node(n).free;
        ASSERT_NEAR(static_cast<double>(unusable(free, usual)) / static_cast<double>(usual.total),
                    fragmented_milli(free, usual), 1e-6);
        if (index.node(n).memory_bytes < 2) continue;
        const auto use = best_use(free, request, usual);
        if (use && (!expected || use->score > expected->use.score)) expected = {n, *use};
      }
      const auto found = index.find(request, 2);
      ASSERT_EQ(found.has_value(), expected.has_value());
      if (!found) continue;
      ASSERT_EQ(found->node, expected->node);
      ASSERT_EQ(found->use, expected->use);
      index.take(found->node, request, 2, found->use.devices);
      held.push_back({found->node, request, found->use.devices});
    }
  }
}

TEST(Fragmentation, usual_requests_are_the_most_frequent_ones) {
  const SmallRequest one{1000, 1, 1000, 0};
  const SmallRequest share{1000, 1, 500, 0};
  const SmallRequest rare{2000, 0, 0, 0};
  const std::vector<SmallRequest> seen{one, share, one, share, share, one, rare, one, one, share};
  const UsualRequests usual = usual_requests(seen, 90);
  EXPECT_EQ(usual.requests, (std::vector<RequestCount>{{one, 5}, {share, 4}}));
  EXPECT_EQ(usual.total, 9);
}

// ---- the authors' own run, recorded pod by pod

// Follows the recorded placements, and asks at each step where we would have gone.
TEST(Fragmentation, chooses_the_nodes_that_the_authors_program_chose) {
  const auto folder = recorded("alibaba_openb");
  WEIR_NEEDS_RECORDED(folder);
  const Replay replay = openb_replay(folder);
  FragmentationIndex index(replay.nodes, replay.usual);
  std::size_t same = 0;
  std::size_t best = 0;
  for (std::size_t i = 0; i < replay.pods.size(); ++i) {
    const auto& [request, memory] = replay.pods[i];
    const auto found = index.find(request, memory);
    if (replay.placed_on[i].empty()) {
      same += found ? 0 : 1;
      best += found ? 0 : 1;
      continue;
    }
    const std::uint32_t node = replay.node_index.at(replay.placed_on[i]);
    const auto use = best_use(index.node(node).free, request, replay.usual);
    ASSERT_TRUE(use.has_value()) << "pod " << i << " was put where it does not fit";
    ASSERT_TRUE(found.has_value());
    same += found->node == node ? 1 : 0;
    best += use->score == found->use.score ? 1 : 0;
    index.take(node, request, memory, use->devices);
  }
  const auto share_of = [&](std::size_t count) {
    return static_cast<double>(count) / static_cast<double>(replay.pods.size());
  };
  std::cout << "the authors' node has our best score for " << best << " of " << replay.pods.size()
            << " pods, and is the node we choose for " << same << "\n";
  EXPECT_GE(share_of(best), 0.999);
  EXPECT_GE(share_of(same), 0.999);
}

TEST(Fragmentation, gives_away_as_much_as_the_authors_program) {
  const auto folder = recorded("alibaba_openb");
  WEIR_NEEDS_RECORDED(folder);
  const Replay replay = openb_replay(folder);
  const Outcome outcome = put_all(replay.nodes, replay.pods, replay.usual);
  std::cout << outcome.percent << "% of the devices given away, " << outcome.pods_per_second
            << " pods/s, at most " << outcome.kinds_most << " kinds of " << replay.nodes.size()
            << " nodes\n";
  EXPECT_NEAR(outcome.percent, 95.29, 0.005);
}

}  // namespace
}  // namespace weir::schedule::test
