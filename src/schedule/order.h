// Who goes first: a rule's rank, then who stands best among its siblings in the tree of tenants,
// then who has to begin first, so as to be done by its deadline, then who was submitted first, or
// is the shorter (ageing).
//
// A job's position is one value that can be compared, so that the order is total under every rule:
// ranks and standings may be equal, job ids never are.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/time.h"
#include "model/ids.h"
#include "model/policy.h"
#include "model/tenant.h"

namespace weir::schedule {

// A job's place among those of its tenant that ask for the same; the smallest goes first.
struct Turn {
  std::int64_t rank = 0;
  base::Time last_start = base::Time::max();
  base::Time due{};  // when its turn has come, whoever else came: see due_of
  model::JobId job;  // ids grow with the time of submission

  friend auto operator<=>(const Turn&, const Turn&) = default;
};

// What the order knows of a job.
struct Ordered {
  std::int32_t priority = 50;
  std::optional<base::Duration> time_limit;
  std::optional<base::Time> last_start;
  base::Time submitted;
  model::JobId job;
};

// What work without a time limit is taken to need, where its length orders it.
inline constexpr base::Duration unknown_length = std::chrono::hours(1);

// Shortest first with ageing, as a key that does not change while a job waits: `ageing` times its
// length after its submission. So nobody waits for more than the shorter work that came before
// that. 0, or under a rule without ageing: always.
[[nodiscard]] constexpr base::Time due_of(const model::Policy& policy, const Ordered& job) {
  const bool ages =
      policy.order == model::OrderRule::fair || policy.order == model::OrderRule::priority;
  if (!ages || policy.ageing == 0) return {};
  const base::Duration length = job.time_limit.value_or(unknown_length);
  const base::Duration most = (base::Time::max() - job.submitted) / (policy.ageing + 1);
  return job.submitted + std::min(length, most) * policy.ageing;
}

// What a rule looks at first: 100 − priority for `fair` and `priority`, nothing for `arrival`, the
// time limit for `shortest` and the last start for `deadline` (who has none goes last). Only `fair`
// and `priority` look at last starts among equals, and at what is due.
[[nodiscard]] constexpr Turn turn_of(const model::Policy& policy, const Ordered& job) {
  constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
  switch (policy.order) {
    case model::OrderRule::fair:
    case model::OrderRule::priority:
      return {100 - job.priority, job.last_start.value_or(base::Time::max()), due_of(policy, job),
              job.job};
    case model::OrderRule::arrival:
      break;
    case model::OrderRule::shortest:
      return {job.time_limit ? base::to_us(*job.time_limit) : last, base::Time::max(), {}, job.job};
    case model::OrderRule::deadline:
      return {job.last_start ? base::to_us(*job.last_start) : last, base::Time::max(), {}, job.job};
  }
  return {0, base::Time::max(), {}, job.job};
}

// How a tenant stands against its siblings; the smallest goes first. Equal shares go to the one
// whose holdings have been unchanged for longest, then to the one that was known first.
struct Standing {
  std::uint64_t weighted_share = 0;  // schedule/share.h
  base::Time since;
  std::uint32_t tenant = 0;

  friend auto operator<=>(const Standing&, const Standing&) = default;
};

// The levels of the tree, and below them the work that belongs to a tenant itself.
constexpr std::size_t standings_most = model::tenant_depth_most + 1;

// Where a waiting job stands in the whole queue; the smallest goes first. The standings are those
// of its tenants from the root down: the first in which two jobs differ decides (hierarchical fair
// share). Only the rule `fair` has any.
struct Position {
  std::int64_t rank = 0;
  std::array<Standing, standings_most> standings{};
  base::Time last_start = base::Time::max();
  base::Time due{};
  model::JobId job;

  friend auto operator<=>(const Position&, const Position&) = default;
};

}  // namespace weir::schedule
