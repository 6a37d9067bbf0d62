// The hard limits: what can never run here, and the first limit that says so.
#pragma once

#include <optional>
#include <string>

#include "model/view.h"
#include "schedule/capacity.h"
#include "schedule/request.h"

namespace weir::schedule {

// Why `nodes` ranks under `option` can never run on these nodes, were they all empty; none if they
// can. Cost: kinds of nodes.
[[nodiscard]] std::optional<model::Obstacle> never_fits(const Capacity& capacity,
                                                        std::uint32_t nodes,
                                                        const model::ResourceOption& option);

// Why they do not fit this moment, though they could on empty nodes; none if they fit.
[[nodiscard]] std::optional<model::Obstacle> not_now(const Capacity& capacity, std::uint32_t nodes,
                                                     const model::ResourceOption& option);

// The nearest request to `option` that empty nodes can serve: "`cpus: 2` and `nodes: 1` would fit".
// "" where nothing near does.
[[nodiscard]] std::string nearest_that_fits(const Capacity& capacity, std::uint32_t nodes,
                                            const model::ResourceOption& option);

}  // namespace weir::schedule
