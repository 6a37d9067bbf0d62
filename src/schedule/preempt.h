// Whose work ends so that a task gets its place back.
//
// Pure choice: it is told whose work may end at all (engine/reclaim.cpp keeps the rules of
// guarantees and of the minimum run time) and finds the least of it that is enough. Who shares a
// device does not free it by ending: it is not counted on.
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

// How long work that began so long ago has to be done again if it ends now: all of it, or, where it
// says how often it writes a checkpoint, what it did since the last that was due.
[[nodiscard]] base::Duration time_lost(base::Duration since_start,
                                       std::optional<base::Duration> checkpoint_every);

// What is lost of a placement that ends: devices, and cpus, each × the time lost.
struct Loss {
  std::int64_t device_ms = 0;
  std::int64_t cpu_ms = 0;  // counts where devices are equal

  friend auto operator<=>(const Loss&, const Loss&) = default;
};
[[nodiscard]] Loss loss_of(std::span<const model::RankPlacement> ranks, base::Duration lost);

// Work that may end, and what is lost with it.
struct Victim {
  model::AttemptKey key;
  const std::vector<model::RankPlacement>* ranks = nullptr;
  Loss loss;
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
