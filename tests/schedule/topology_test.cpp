#include "schedule/topology.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <deque>
#include <iostream>
#include <set>

#include "base/random.h"
#include "tests/schedule/support/recorded.h"

namespace weir::schedule::test {
namespace {

using Leaves = std::vector<std::uint32_t>;
using Path = TopologyTree::Path;
using Paths = std::vector<Path>;

Paths two_pods() {
  return {{"p1", "a"}, {"p1", "a"}, {"p1", "b"}, {"p1", "b"},
          {"p2", "a"}, {"p2", "a"}, {"p2", "a"}};
}

std::optional<Leaves> of_two_pods(std::uint32_t count, const Leaves& free = {0, 1, 2, 3, 4, 5, 6}) {
  return TopologyTree(two_pods()).choose(free, count);
}

TEST(Topology, a_pair_goes_under_one_leaf_switch_and_leaves_no_rest) {
  EXPECT_EQ(of_two_pods(2), (Leaves{0, 1}));
}

TEST(Topology, under_one_switch_the_callers_first_choice_comes_first) {
  EXPECT_EQ(of_two_pods(1, {6, 5, 4}), (Leaves{6}));
  EXPECT_EQ(of_two_pods(2, {6, 4, 5}), (Leaves{4, 6}));
}

TEST(Topology, what_fits_one_leaf_switch_does_not_use_two) {
  EXPECT_EQ(of_two_pods(3), (Leaves{4, 5, 6}));
}

TEST(Topology, what_fits_one_pod_does_not_leave_it) {
  EXPECT_EQ(of_two_pods(4), (Leaves{0, 1, 2, 3}));
}

TEST(Topology, what_needs_several_pods_takes_the_largest_whole) {
  EXPECT_EQ(of_two_pods(5), (Leaves{0, 1, 2, 3, 4}));
  EXPECT_EQ(of_two_pods(8), std::nullopt);
}

TEST(Topology, a_single_node_breaks_into_the_pod_that_is_broken_already) {
  EXPECT_EQ(of_two_pods(1, {0, 1, 2, 3, 6}), (Leaves{6}));
  EXPECT_EQ(of_two_pods(1, {0, 1, 2}), (Leaves{2}));
}

TEST(Topology, says_how_far_apart_nodes_are) {
  const TopologyTree tree(two_pods());
  EXPECT_EQ(tree.spread_of(Leaves{0, 1}), (TopologyTree::Spread{2, {1, 1}}));
  EXPECT_EQ(tree.spread_of(Leaves{0, 2}), (TopologyTree::Spread{1, {1, 2}}));
  EXPECT_EQ(tree.spread_of(Leaves{0, 4}), (TopologyTree::Spread{0, {2, 2}}));
}

// ---- small trees, by trying everything

// Leaves hang from switches of up to three levels, some of them higher up, some from nothing.
Paths any_topology(base::Random& random) {
  Paths topology;
  const auto leaves = random.between(1, 9);
  for (std::int64_t i = 0; i < leaves; ++i) {
    Path path;
    const auto depth = random.chance(1, 5) ? random.below(4) : 3;
    for (std::uint64_t d = 0; d < depth; ++d) path.push_back(std::to_string(random.below(2)));
    topology.push_back(path);
  }
  return topology;
}

Path common_path(const Paths& topology, std::uint32_t leaves) {
  std::optional<Path> common;
  for (std::uint32_t i = 0; i < topology.size(); ++i) {
    if (((leaves >> i) & 1U) == 0) continue;
    const Path& path = topology[i];
    if (!common) common = path;
    const auto end = std::mismatch(common->begin(), common->end(), path.begin(), path.end()).first;
    common->erase(end, common->end());
  }
  return *common;
}

bool is_below(const Path& path, const Path& top) {
  return path.size() >= top.size() && std::equal(top.begin(), top.end(), path.begin());
}

// Branches of the switch `top` that leaves touch; one that hangs from it directly is its own.
std::size_t branches_of(const Paths& topology, std::uint32_t leaves, const Path& top) {
  std::set<std::string> touched;
  for (std::uint32_t i = 0; i < topology.size(); ++i) {
    if (((leaves >> i) & 1U) == 0) continue;
    const Path& path = topology[i];
    touched.insert(path.size() > top.size() ? path[top.size()] : "leaf " + std::to_string(i));
  }
  return touched.size();
}

int free_below(const Paths& topology, std::uint32_t free, const Path& top) {
  int count = 0;
  for (std::uint32_t i = 0; i < topology.size(); ++i) {
    if (((free >> i) & 1U) != 0 && is_below(topology[i], top)) ++count;
  }
  return count;
}

TEST(Topology, chooses_as_near_as_trying_everything) {
  base::Random random{5};
  for (int world = 0; world < 2000; ++world) {
    const Paths topology = any_topology(random);
    const auto leaves = static_cast<std::uint32_t>(topology.size());
    const TopologyTree tree(topology);
    const auto free = static_cast<std::uint32_t>(random.below(std::uint64_t{1} << leaves));
    Leaves free_leaves;
    for (std::uint32_t i = 0; i < leaves; ++i) {
      if (((free >> i) & 1U) != 0) free_leaves.push_back(i);
    }
    for (std::uint32_t count = 1; count <= leaves; ++count) {
      const auto chosen = tree.choose(free_leaves, count);
      ASSERT_EQ(chosen.has_value(), count <= free_leaves.size());
      if (!chosen) continue;
      std::uint32_t mine = 0;
      for (const std::uint32_t leaf : *chosen) mine |= 1U << leaf;
      ASSERT_EQ(std::popcount(mine), static_cast<int>(count));
      ASSERT_EQ(mine & ~free, 0U);
      // The switch it chose is the deepest with enough; leaves may happen to share a lower one
      // only where that one, too, has enough.
      const Path top = common_path(topology, mine);
      for (std::uint32_t other = free; other != 0; other = (other - 1) & free) {
        if (std::popcount(other) != static_cast<int>(count)) continue;
        const Path other_top = common_path(topology, other);
        ASSERT_LE(other_top.size(), top.size());
        if (other_top.size() == top.size()) {
          ASSERT_LE(free_below(topology, free, top), free_below(topology, free, other_top));
        }
        if (other_top == top) {
          ASSERT_LE(branches_of(topology, mine, top), branches_of(topology, other, top));
        }
      }
    }
  }
}

// ---- a fabric of 847 hosts

Paths fabric(const std::filesystem::path& path) {
  Paths topology;
  for (const auto& row : rows_of(path)) topology.push_back({row[1], row[2], row[3]});
  return topology;
}

struct Walk {
  double leaf_switches = 0;  // touched by a gang on average
  double seconds = 0;
  int gangs = 0;
};

// Gangs of 2 to 64 hosts come and go on a fabric kept about nine tenths full; each gets its nodes
// by `choose`.
template <typename Choose>
Walk walk(const Paths& topology, Choose choose) {
  const TopologyTree tree(topology);
  std::set<std::uint32_t> free;
  for (std::uint32_t i = 0; i < topology.size(); ++i) free.insert(i);
  base::Random random{17};
  std::deque<Leaves> held;
  Walk result;
  for (int step = 0; step < 20'000; ++step) {
    const auto count = static_cast<std::uint32_t>(2U << random.below(6)) / 2 + 1;
    while (free.size() < topology.size() / 10 + count) {
      const auto who = static_cast<std::size_t>(random.below(held.size()));
      std::swap(held[who], held.back());
      free.insert(held.back().begin(), held.back().end());
      held.pop_back();
    }
    const Leaves now(free.begin(), free.end());
    const auto before = std::chrono::steady_clock::now();
    const std::optional<Leaves> chosen = choose(tree, now, count);
    result.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
    for (const std::uint32_t leaf : chosen.value()) free.erase(leaf);
    result.leaf_switches += tree.spread_of(*chosen).switches.back();
    ++result.gangs;
    held.push_back(*chosen);
  }
  result.leaf_switches /= result.gangs;
  return result;
}

TEST(Topology, keeps_gangs_on_few_switches_of_a_real_fabric) {
  const auto path = recorded("alibaba_lingjun2023/topo.csv");
  WEIR_NEEDS_RECORDED(path);
  const Paths topology = fabric(path);
  ASSERT_EQ(topology.size(), 847U);
  const Walk ours = walk(topology, [](const TopologyTree& tree, const Leaves& free,
                                      std::uint32_t count) { return tree.choose(free, count); });
  const Walk first =
      walk(topology, [](const TopologyTree& /*tree*/, const Leaves& free, std::uint32_t count) {
        return std::optional(Leaves(free.begin(), free.begin() + count));
      });
  std::cout << "leaf switches a gang touches: " << ours.leaf_switches << ", by first fit "
            << first.leaf_switches << "; " << ours.gangs / ours.seconds << " gangs/s on "
            << topology.size() << " hosts\n";
  EXPECT_LT(ours.leaf_switches, 0.5 * first.leaf_switches);
}

}  // namespace
}  // namespace weir::schedule::test
