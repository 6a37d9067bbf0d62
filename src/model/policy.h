// How the scheduler decides: the small, named parts it is put together from.
//
// Part of the state: a journal replays under the policy that held when each row was written, and
// the twin tries others on the same work.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/describe.h"
#include "model/rounds.h"
#include "model/usual_work.h"

namespace weir::model {

// Who goes first. Equals go by their time of submission, in every rule; in the first two, those
// before them that have a deadline, by when they have to begin.
enum class OrderRule : std::uint8_t {
  fair,      // by priority; among equals the tenant with the least of its share
  priority,  // by priority alone
  arrival,   // by time of submission alone ("first come, first served")
  shortest,  // by expected length
  deadline   // by when it has to begin, so as to be done by its deadline ("earliest due date")
};
WEIR_DESCRIBE_ENUM(OrderRule, fair, priority, arrival, shortest, deadline)

// Who may go ahead of a job that has to wait.
enum class BackfillRule : std::uint8_t {
  none,         // nobody: strictly in turn
  easy,         // whoever does not delay the first that waits (Lifka 1995)
  conservative  // whoever delays nobody that holds a promise (Mu'alem & Feitelson 2001)
};
WEIR_DESCRIBE_ENUM(BackfillRule, none, easy, conservative)

// Which nodes of those that fit. A gang goes under as few switches as will do, where the site says
// how its nodes hang together and the rule is none of spread, first and random.
enum class PlacingRule : std::uint8_t {
  tightest,        // where the least is left over: devices, then processors, then memory
  spread,          // where the most is left over
  first,           // the lowest index
  random,          // any, drawn from the generator in the state
  fragmentation,   // where the usual requests lose the least of what is free (Weng et al. 2023)
  best_fit,        // where the least is left over, processors and devices weighed alike
  dot_product,     // where demand and what is free match the least (Grandl et al. 2014, reversed)
  device_packing,  // on devices in use before idle ones, on nodes in use before idle ones
  scarcity         // where it takes the least of what is left for usual work (schedule/scarcity.h)
};
WEIR_DESCRIBE_ENUM(PlacingRule, tightest, spread, first, random, fragmentation, best_fit,
                   dot_product, device_packing, scarcity)

// Which of the alternatives that a job leaves open (`any_of`). What it writes as `ordered` is tried
// in that order, under every rule.
enum class ChoiceRule : std::uint8_t {
  first,    // the first that has room, in the order written
  fastest,  // the one that is done soonest, as far as throughputs are known
  assigned  // by what devices are worth to all that waits together (schedule/assign.h)
};
WEIR_DESCRIBE_ENUM(ChoiceRule, first, fastest, assigned)

// What is counted beside devices where work is placed. Each may be left out, to see what it is
// worth.
struct Flows {
  bool data = true;     // false: work goes anywhere, and its data follows it once it is placed
  bool network = true;  // false: no windows are kept for transfers, and there are no relays
  bool power = true;    // false: energy is counted, and nothing is decided by it

  friend bool operator==(const Flows&, const Flows&) = default;
};
WEIR_DESCRIBE(Flows, data, network, power)

struct Policy {
  OrderRule order = OrderRule::fair;
  BackfillRule backfill = BackfillRule::conservative;
  PlacingRule placing = PlacingRule::tightest;
  // Waiting jobs that hold a promise at one time, the first in turn. More cost more time a pass.
  std::uint32_t promises_most = 64;
  ChoiceRule choice = ChoiceRule::fastest;
  // Short work first, as far as nobody starves: under `fair` and `priority`, among equals, a job
  // goes as if it had been submitted so many times its time limit later, and is promised a start
  // from then on only. 0: equals go by their submission, and promises are made at once.
  std::uint32_t ageing = 0;
  // What `fragmentation` takes to be usual, where it is told; none: what waits and runs is counted.
  std::vector<UsualDemand> usual;
  // Work that writes checkpoints takes turns; none: whoever is placed stays until it ends.
  std::optional<Rounds> rounds;
  Flows flows;

  friend bool operator==(const Policy&, const Policy&) = default;
};
WEIR_DESCRIBE(Policy, order, backfill, placing, promises_most, choice, ageing, usual, rounds, flows)

// What a new control plane begins with: short work first without starving long work, backfill that
// delays nobody who is promised a start, and places that spare what is scarce. What it optimises
// and where it is weak: docs/results/tables.md.
[[nodiscard]] Policy weir_policy();

}  // namespace weir::model
