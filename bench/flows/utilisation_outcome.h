// What came of a run of work on hubs, in figures.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/flows/utilisation_trial.h"
#include "twin/figures.h"

namespace weir::flows {

struct Outcome {
  std::uint64_t jobs = 0;
  std::uint64_t refused = 0;
  double allocated_under_demand = 0;  // shares
  double allocated = 0, busy = 0, work = 0;
  double demand_hours = 0;  // in which demand exceeded supply
  twin::DurationSpread wait, completion;
};

[[nodiscard]] double hours_of(Duration time);

[[nodiscard]] Outcome outcome_of(const Measured& measured);

// The longest that a job was first in turn, and due, before it was placed: whoever is first is
// delayed by nobody but those that run. `ageing`: of the order's rule (model/policy.h).
[[nodiscard]] Duration longest_first_in_turn(const std::vector<Placed>& jobs, std::int64_t ageing);

// Requires: 0 <= percent <= 100.
[[nodiscard]] double percentile(std::vector<float> values, double percent);

}  // namespace weir::flows
