// Whose work ends so that a task gets its place back.
//
// Pure choice: it is told whose work may end at all (engine/reclaim.cpp keeps the rules of
// guarantees and of the minimum run time) and finds the least of it that is enough.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/ids.h"
#include "model/site.h"
#include "schedule/capacity.h"
#include "schedule/request.h"

namespace weir::schedule {

// Work that may end. What is lost with it is what it has done since its start: nobody has told of
// checkpoints yet, so that all of it counts.
struct Victim {
  model::AttemptKey key;
  const std::vector<model::RankPlacement>* ranks = nullptr;
  std::int64_t device_ms = 0;  // lost: devices × time since its start
  std::int64_t cpu_ms = 0;     // and the same of cpus, where devices are equal
  base::Time placed;
};

// Cheapest first: device time, then cpu time, then whoever was placed last, then by key.
void cheapest_first(std::vector<Victim>& victims);

struct Reclaim {
  std::uint32_t option = 0;
  std::vector<model::RankPlacement> ranks;  // with devices that the victims still hold
  std::vector<model::AttemptKey> from;      // by key
};

// The places that one task gets once some of the `victims` (in the order in which they may be
// taken) have ended; none where all of them together are not enough.
// Ensures: without any one of `from` it would not be enough.
// Cost: for each option (kinds of free shapes + victims² nodes they hold), at worst.
[[nodiscard]] std::optional<Reclaim> reclaim(const Capacity& capacity,
                                             std::span<const model::Node> nodes,
                                             const Request& request,
                                             std::span<const Victim> victims);

}  // namespace weir::schedule
