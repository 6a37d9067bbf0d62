// The network inside a site as a tree of switches, and what a gang gets of it where others cross
// the same uplinks.
//
// Each node has one card, in and out. What a switch has upwards is as wide as all that comes to it
// from below over its oversubscription, in each direction, and taken as one link: whoever spreads
// its packets over all uplinks evenly sees that; flows that are hashed onto single ones may get
// less. The switches at the top reach one another without a limit.
// So a gang under one leaf gets its cards' rate. One that crosses gets no less than that over the
// oversubscription of each level that it crosses (when every card below talks outward), and what
// is fair where fewer do.
// Pure.
//
// Source: fat trees and their oversubscription: Al-Fares et al., SIGCOMM 2008; shares of links:
//         flow/sharing.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "flow/sharing.h"

namespace weir::flow {

class Fabric {
 public:
  // The switches a node hangs from, the widest first (model::Node::topology).
  using Path = std::vector<std::string>;

  // `oversubscription_millionths` of a switch's uplinks by its level, the widest first; one million
  // is as wide as what comes from below. That of the top level is of no account.
  // Requires: paths are all as long as there are levels, and that is above 0; rates above 0.
  Fabric(std::span<const Path> paths, std::int64_t card_bits_per_second,
         std::span<const std::uint32_t> oversubscription_millionths, base::Duration hop = {});

  [[nodiscard]] std::span<const SharedLink> links() const { return links_; }
  [[nodiscard]] std::int64_t card_bits_per_second() const { return card_; }
  // Card, up as far as it takes, down, card. Empty from a node to itself. Cost: levels.
  [[nodiscard]] std::vector<std::size_t> route(std::size_t from, std::size_t to) const;
  // The least it gets whatever others do, where each card sends to one other and receives from one.
  [[nodiscard]] std::int64_t least_bits_per_second(std::size_t from, std::size_t to) const;

 private:
  struct Switch {
    std::size_t parent = 0;
    std::size_t level = 0;        // 0: at the top
    std::int64_t upward = 0;      // bits a second
    std::int64_t least_part = 0;  // of a card that goes further up, bits a second
  };
  // The switches of a node from its leaf to the top.
  [[nodiscard]] std::vector<std::size_t> upwards(std::size_t node) const;
  [[nodiscard]] std::size_t out_of(std::size_t node) const { return 2 * node; }
  [[nodiscard]] std::size_t up_from(std::size_t at) const { return 2 * (leaf_.size() + at); }

  std::int64_t card_;
  std::vector<std::size_t> leaf_;  // of each node
  std::vector<Switch> switches_;   // a switch stands behind its parent
  std::vector<SharedLink> links_;  // of nodes, then of switches: out and in each
};

// How many times longer each gang's ring takes to move its bytes than on its cards alone, in
// millionths (the nearest), while all of these gangs do so at once: a ring goes as its slowest
// part.
//
// A gang's ring goes through its nodes in the order given; a gang of one has nothing to move. What
// the faster parts of a ring leave unused meanwhile is not given to others: no less than it takes.
// Requires: no node is in two gangs. Cost: that of fair_rates with a transfer for each node.
[[nodiscard]] std::vector<std::int64_t> ring_slow_downs(
    const Fabric& fabric, std::span<const std::vector<std::uint32_t>> gangs);

}  // namespace weir::flow
