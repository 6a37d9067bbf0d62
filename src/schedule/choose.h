// Which of a request's options is taken.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "schedule/place.h"

namespace weir::schedule {

// Options by their numbers, in groups: of a group the first that has room is taken, and the next
// group where none has. Options of one group are done alike, as far as anybody knows.
using Turns = std::vector<std::vector<std::uint32_t>>;

// All as they were written, in one group.
[[nodiscard]] Turns as_written(std::size_t options);
// The fastest first, equals together; those whose rate is not known (0) come last, together.
// No rates: as they were written.
[[nodiscard]] Turns fastest_first(std::size_t options, std::span<const std::int64_t> rates);

struct Choice {
  std::uint32_t option = 0;
  std::vector<model::RankPlacement> ranks;
};

// Of these options of the request that fit now one, and where: the first, or under
// Placing::best_of_options the one that is placed best.
[[nodiscard]] std::optional<Choice> choose(const Capacity& capacity, const Request& request,
                                           std::span<const std::uint32_t> options,
                                           const Placing& placing = {},
                                           const NodeGate* gate = nullptr);

}  // namespace weir::schedule
