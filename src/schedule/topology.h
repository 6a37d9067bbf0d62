// Which nodes a gang gets, so that its members are near one another and room stays for the next.
//
// A gang goes under the lowest switch that has enough free nodes below it; of such switches to the
// one where the fewest stay free, and of equals to the one whose upper switches have the fewest
// free, so that whole pods stay whole for large gangs. Where it needs several of a switch's
// branches it fills the largest and puts the rest where it fits most tightly.
// The same tree serves for the devices of one node and their islands. Pure; what "free" means is
// the caller's matter: idle nodes, or those where a rank of some class fits.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "model/topology.h"

namespace weir::schedule {

class TopologyTree {
 public:
  // Nothing is free at first. Cost: nodes × levels.
  explicit TopologyTree(const model::Topology& topology);

  // Cost: levels × log switches. Requires: `leaf` is an index in the topology's paths.
  void set_free(std::uint32_t leaf, bool free);
  [[nodiscard]] bool is_free(std::uint32_t leaf) const { return leaf_free_[leaf]; }
  [[nodiscard]] std::uint32_t free() const { return switches_[0].free; }

  // `count` free leaves near one another, in ascending order; none where fewer are free. Changes
  // nothing.
  // Ensures: no lower switch has `count` free; no switch as low has fewer free that are enough;
  //          no fewer of its branches would do (a leaf that hangs from it is one).
  // Order:   ties go to the branch whose upper switches have fewer free, then to the one named
  //          first in the topology; leaves in their order.
  // Cost:    levels × log switches, the switches that tie, and the branches and leaves taken from.
  // Source:  best fit in a tree of switches, as Slurm's topology/tree; by counts, not by nodes.
  [[nodiscard]] std::optional<std::vector<std::uint32_t>> choose(std::uint32_t count) const;

  // How far apart leaves are.
  struct Spread {
    std::uint32_t common_levels = 0;      // levels of switches that all of them share
    std::vector<std::uint32_t> switches;  // how many switches of each level they touch
    friend bool operator==(const Spread&, const Spread&) = default;
  };
  [[nodiscard]] Spread spread_of(std::span<const std::uint32_t> leaves) const;

 private:
  // The root is number 0; a switch stands behind its parent.
  struct Switch {
    std::uint32_t parent = 0;
    std::uint32_t depth = 0;
    std::uint32_t free = 0;               // leaves below it that are free
    std::vector<std::uint32_t> branches;  // switches
    std::set<std::uint32_t> free_leaves;  // those that hang from it directly
  };
  // Those of one depth, by how many leaves are free below them.
  using ByFree = std::set<std::pair<std::uint32_t, std::uint32_t>>;

  [[nodiscard]] bool tighter(std::uint32_t a, std::uint32_t b) const;
  [[nodiscard]] std::uint32_t lowest_with(std::uint32_t count) const;
  void take_from(std::uint32_t from, std::uint32_t count, std::vector<std::uint32_t>& taken) const;

  std::vector<Switch> switches_;
  std::vector<std::uint32_t> switch_of_;  // of each leaf
  std::vector<bool> leaf_free_;
  std::vector<ByFree> by_depth_;
  std::uint32_t levels_ = 0;
};

}  // namespace weir::schedule
