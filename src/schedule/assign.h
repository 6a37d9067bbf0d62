// Which kind of pool each kind of work should take, where all of it competes for all of them.
//
// Alone, each job would take the pool that is best for it, and the one that gains a little there
// would keep out the one that gains much. Here the choice is made for all at once, by kinds: so
// many tasks of this class to that pool. It says WHICH way a job takes; WHO goes first is the
// order's matter, and the two meet like this:
//
// * Demands stand in tiers, by turn. Of all assignments those are sought in which the first tier
//   gains the most; of these, those in which the second gains the most; and so on. No gain of a
//   later tier, however large, takes from an earlier one: nobody loses his place because another
//   pays more for it. Where pools are as good for an earlier tier (to 1/64 of its gain), it takes
//   those that are worth less to the others.
// * Within a tier the total gain alone counts, so that a tier should hold what is due at about the
//   same time. Whoever goes without stays in the queue, grows older, and comes into an earlier
//   tier: it cannot starve where tiers go by turn. A job of one tier each is the plain rule "each
//   takes in turn what is best for it".
// * A job is never sent a way that its own objective does not accept: such a way is not listed.
//
// A gain is what the objective makes of taking a way rather than none, for finish completion_gain
// below, for cost and carbon what is saved against the dearest way that is accepted, plus what
// being served is worth. Pools hold a divisible load: device-seconds within a horizon.
// Pure, integers only. Not a placement: nodes are found by schedule/place.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace weir::schedule {

// Tasks alike in what they ask for, gain and turn.
struct Demand {
  std::int64_t tasks = 0;
  std::uint32_t tier = 0;  // the lowest goes first
};

// One way in which a task of a demand can be served.
struct Alternative {
  std::uint32_t demand = 0;  // index of the demand
  std::uint32_t pool = 0;    // index of the pool
  std::int64_t units = 1;    // of the pool that a task uses up: devices × seconds it runs there
  std::int64_t gain = 0;     // of a task that takes it; never below 0
};

struct Competition {
  std::vector<Demand> demands;
  std::vector<std::int64_t> capacities;   // units of each pool: free devices × horizon in seconds
  std::vector<Alternative> alternatives;  // grouped by demand
};

// What one tier came to, in gain; what can be proved of it.
struct TierResult {
  std::uint32_t tier = 0;
  std::int64_t gain = 0;   // of the divided load
  std::int64_t bound = 0;  // no division of what the earlier tiers left gains more
};

struct Assignment {
  // For each alternative: the load that should take it in thousandths of tasks, and whole tasks.
  // Both keep to all limits. How the one becomes the other: schedule/whole_tasks.h.
  std::vector<std::int64_t> tasks_milli;
  std::vector<std::int64_t> tasks;
  // What one more unit of each pool would add to the gain of all tiers together, in millionths of
  // gain: the pool's price. 0 where some of it stays free.
  std::vector<std::int64_t> prices_micro;
  std::vector<TierResult> tiers;
};

// Requires: 0 <= tasks <= 2^29, 0 < units and 0 <= capacities <= 2^39, 0 <= gain <= 2^29.
// Ensures:  with one tier its gain is at least bound × (1 − 1/512), but for 1/1024 task a pool;
//           with more, each tier's is at least (1 − 1/64) × that, of what the earlier ones left.
// Order:    ties go by the order of demands and alternatives; nothing else.
// Cost:     one auction for all and, with more tiers than one, one each; O(kinds of alternatives)
//           times some hundred (schedule/auction.h), independent of the numbers of tasks and units.
// Source:   schedule/auction.h; Bertsekas & Castañon 1989.
[[nodiscard]] Assignment assign(const Competition& competition);

// How much sooner than the horizon it is done, times its weight: the sum of these is largest where
// the sum of weighted completion times is smallest, and nothing is gained beyond the horizon.
[[nodiscard]] constexpr std::int64_t completion_gain(base::Duration horizon, base::Duration finish,
                                                     std::int64_t weight) {
  const base::Duration sooner = std::max(base::Duration{0}, horizon - finish);
  return std::chrono::duration_cast<std::chrono::seconds>(sooner).count() * weight;
}

}  // namespace weir::schedule
