// How the scheduler decides: the small, named parts it is put together from.
//
// Part of the state: a journal replays under the policy that held when each row was written, and
// the twin tries others on the same work.
#pragma once

#include <cstdint>

#include "base/describe.h"

namespace weir::model {

// Who goes first. Equals go by their time of submission, in every rule.
enum class OrderRule : std::uint8_t {
  fair,      // by priority; among equals the tenant with the least of its share
  priority,  // by priority alone
  arrival,   // by time of submission alone ("first come, first served")
  shortest   // by expected length
};
WEIR_DESCRIBE_ENUM(OrderRule, fair, priority, arrival, shortest)

// Who may go ahead of a job that has to wait.
enum class BackfillRule : std::uint8_t {
  none,         // nobody: strictly in turn
  easy,         // whoever does not delay the first that waits (Lifka 1995)
  conservative  // whoever delays nobody that holds a promise (Mu'alem & Feitelson 2001)
};
WEIR_DESCRIBE_ENUM(BackfillRule, none, easy, conservative)

// Which nodes of those that fit.
enum class PlacingRule : std::uint8_t {
  tightest,  // where the least is left over ("best fit")
  spread,    // where the most is left over
  first,     // the lowest index
  random     // any, drawn from the generator in the state
};
WEIR_DESCRIBE_ENUM(PlacingRule, tightest, spread, first, random)

struct Policy {
  OrderRule order = OrderRule::fair;
  BackfillRule backfill = BackfillRule::conservative;
  PlacingRule placing = PlacingRule::tightest;
  // Waiting jobs that hold a promise at one time, the first in turn. More cost more time a pass.
  std::uint32_t promises_most = 64;

  friend bool operator==(const Policy&, const Policy&) = default;
};
WEIR_DESCRIBE(Policy, order, backfill, placing, promises_most)

}  // namespace weir::model
