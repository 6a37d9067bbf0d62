// The inner Weir's nodes, of all its sites, as nodes of one site of the outer one.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "backend/weir/inner_api.h"
#include "model/site.h"

namespace weir::backend::inner {

// Named "local/node0"; a site there is a switch to the outer Weir: near are nodes of one site.
[[nodiscard]] std::vector<model::Node> nodes_of(const Capacity& seen);

// What a job of ours holds at the inner Weir.
struct Holding {
  std::uint32_t cpus = 0;
  std::int64_t memory_bytes = 0;
};

// What of `nodes` others hold; all of a node that the inner Weir would start nothing on.
[[nodiscard]] std::vector<model::RankPlacement> held_by_others(
    const std::vector<model::Node>& nodes, const Capacity& seen,
    const std::map<model::JobId, Holding>& ours);

}  // namespace weir::backend::inner
