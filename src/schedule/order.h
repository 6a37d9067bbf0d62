// Who goes first: priority, then who has waited longest.
#pragma once

#include <compare>
#include <cstdint>

#include "model/ids.h"

namespace weir::schedule {

// A job's place in the queue; the smallest goes first. Total: job ids are distinct.
struct Turn {
  std::int32_t priority_below_top = 0;  // 100 − priority
  model::JobId job;                     // ids grow with the time of submission

  friend auto operator<=>(const Turn&, const Turn&) = default;
};

[[nodiscard]] constexpr Turn turn_of(model::JobId job, std::int32_t priority) {
  return {100 - priority, job};
}

}  // namespace weir::schedule
