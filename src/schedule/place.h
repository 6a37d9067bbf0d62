// Which nodes of a site a gang gets.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "schedule/capacity.h"
#include "schedule/request.h"

namespace weir::schedule {

// Nodes for `nodes` ranks under `option`, each rank on a node of its own: the tightest fits first,
// among equals the lowest index. None where they do not all fit at once. `closed` nodes are left
// out. Changes nothing.
// Cost: kinds of free shapes, and nodes taken.
[[nodiscard]] std::optional<std::vector<model::RankPlacement>> place(
    const Capacity& capacity, std::uint32_t nodes, const model::ResourceOption& option,
    const std::set<std::uint32_t>& closed = {});

}  // namespace weir::schedule
