// Which of a request's options is taken.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "schedule/place.h"

namespace weir::schedule {

struct Choice {
  std::uint32_t option = 0;
  std::vector<model::RankPlacement> ranks;
};

// The first of the request's options that fits now, and where. Without a measured difference
// between options they all finish alike, so that the order in which the user wrote them decides,
// for `any_of` as for `ordered`.
[[nodiscard]] std::optional<Choice> choose(const Capacity& capacity, const Request& request,
                                           const Placing& placing = {},
                                           const NodeGate* gate = nullptr);

}  // namespace weir::schedule
