// Which nodes a gang gets, so that its members are near one another and room stays for the next.
//
// A gang goes under the lowest switch that has enough free nodes below it; of such switches to the
// one where the fewest stay free, and of equals to the one whose upper switches have the fewest
// free, so that whole pods stay whole for large gangs. Where it needs several of a switch's
// branches it fills the largest and puts the rest where it fits most tightly.
// The same tree serves for the devices of one node and their islands. Pure; what "free" means is
// the caller's matter, and said with each question: nodes where a rank of some class fits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weir::schedule {

class TopologyTree {
 public:
  // What each leaf hangs from, the widest first (model::Node::topology).
  using Path = std::vector<std::string>;

  TopologyTree() = default;
  // Cost: nodes × levels.
  explicit TopologyTree(std::span<const Path> paths);

  // True if nothing is said of any leaf.
  [[nodiscard]] bool is_flat() const { return levels_ == 0; }

  // `count` of the `free` leaves near one another, in ascending order; none where fewer are free.
  // Requires: `free` are leaves of this tree, each once; the caller's first choice stands first.
  // Ensures:  no lower switch has `count` free; no switch as low has fewer free that are enough;
  //           no fewer of its branches would do (a leaf that hangs from it is one).
  // Order:    ties go to the branch whose upper switches have fewer free, then to the one named
  //           first in the topology; leaves of one switch by their place in `free`.
  // Cost:     switches + free × levels, or less.
  // Source:   best fit in a tree of switches, as Slurm's topology/tree; by counts, not by nodes.
  [[nodiscard]] std::optional<std::vector<std::uint32_t>> choose(
      std::span<const std::uint32_t> free, std::uint32_t count) const;

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
    std::vector<std::uint32_t> branches;  // switches
  };
  // A number of leaves for each switch.
  using Counts = std::vector<std::uint32_t>;

  [[nodiscard]] Counts free_below(std::span<const std::uint32_t> free) const;
  [[nodiscard]] bool tighter(const Counts& free, std::uint32_t a, std::uint32_t b) const;
  [[nodiscard]] std::uint32_t lowest_with(const Counts& free, std::uint32_t count) const;
  // How many to take of those that hang from each switch itself.
  void take_from(const Counts& free, std::uint32_t from, std::uint32_t count, Counts& taken) const;

  std::vector<Switch> switches_;
  std::vector<std::uint32_t> switch_of_;              // of each leaf
  std::vector<std::vector<std::uint32_t>> by_depth_;  // switches of each depth
  std::uint32_t levels_ = 0;
};

}  // namespace weir::schedule
