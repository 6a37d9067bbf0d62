// Which nodes of a site a gang gets.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "schedule/capacity.h"
#include "schedule/request.h"
#include "schedule/rooms.h"

namespace weir::schedule {

// Says which nodes may be used, where not all that have room may be.
class NodeGate {
 public:
  virtual ~NodeGate() = default;
  // True if a rank that takes `demand` may go to `node`, which has room for it.
  // Of a share it is known which device it is taken of.
  [[nodiscard]] virtual bool open(std::uint32_t node, const RankDemand& demand) const = 0;
};

// True if all ranks of a request fit at once under one of its options, were every node open to it.
// Cost: kinds of free shapes.
[[nodiscard]] bool has_room(const Capacity& capacity, const Request& request);

// The nodes of a gang, and how well the first of them would stand: less is better. Comparable
// between options, where the rule gives scores or is `random` or `first`.
struct Picked {
  std::vector<std::uint32_t> nodes;
  std::int64_t score = 0;
};

// Nodes for `nodes` ranks under `option`, each rank on a node of its own, by the rule; among equals
// the lowest index. None where they do not all fit at once. Changes nothing.
//
// Where it is known how nodes hang together, and the rule is none of spread, first and random,
// several ranks go under the lowest switch that holds them all, the tightest of such; there the
// rule says which nodes. A single rank goes by the rule alone.
// Cost: kinds of free shapes, and nodes looked at (`first`, `random` and by topology: all that
//       fit). A single rank with a book and no gate: schedule/score_book.h.
[[nodiscard]] std::optional<Picked> pick(const Capacity& capacity, std::uint32_t nodes,
                                         const model::ResourceOption& option,
                                         const Placing& placing, const NodeGate* gate);

// What each rank takes there. Requires: picked now, under the same option.
[[nodiscard]] std::vector<model::RankPlacement> ranks_on(const Capacity& capacity,
                                                         const Picked& picked,
                                                         const model::ResourceOption& option,
                                                         const Placing& placing,
                                                         const NodeGate* gate);

// Both.
[[nodiscard]] std::optional<std::vector<model::RankPlacement>> place(
    const Capacity& capacity, std::uint32_t nodes, const model::ResourceOption& option,
    const Placing& placing = {}, const NodeGate* gate = nullptr);

// A rank under `option` on this node: as much as was asked for, and up to the most that was where
// the node has it. Requires: it fits, and the gate is open to it.
[[nodiscard]] model::RankPlacement rank_on(const Capacity& capacity, std::uint32_t node,
                                           const model::ResourceOption& option,
                                           const Placing& placing, const NodeGate* gate = nullptr);

}  // namespace weir::schedule
