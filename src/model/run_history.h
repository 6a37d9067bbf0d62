// What somebody's last jobs did with the time they asked for; from it the next ones are estimated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/describe.h"
#include "base/time.h"

namespace weir::model {

// A run that came to its own end or to its limit. Runs that were cancelled, preempted or lost say
// nothing of how long the work takes, and are not kept.
struct PastRun {
  base::Duration ran{0};
  std::optional<base::Duration> limit;
  std::uint64_t request_class = 0;  // equal for runs that asked for the same

  friend bool operator==(const PastRun&, const PastRun&) = default;
};
WEIR_DESCRIBE(PastRun, ran, limit, request_class)

struct RunHistory {
  static constexpr std::size_t runs_most = 16;
  std::vector<PastRun> runs;  // the oldest first, never more than runs_most

  friend bool operator==(const RunHistory&, const RunHistory&) = default;
};
WEIR_DESCRIBE(RunHistory, runs)

}  // namespace weir::model
