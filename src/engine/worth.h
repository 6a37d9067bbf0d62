// Which way each kind of waiting work should take, by what devices are worth to all of it.
//
// The choice rule `assigned`: before anybody takes what is best for him alone, those go first whose
// way the assignment (schedule/assign.h) has for them; what is free then is anybody's, in turn.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/engine.h"

namespace weir::engine {

// For each kind of request, by its options: how many tasks should take it.
using Ways = std::map<std::uint32_t, std::vector<std::int64_t>>;

// None: the policy does not ask for it, or nothing competes: no kind of which a rate is known, less
// than two kinds that wait for devices, no device free.
//
// Pools are device models, over the time in which all that waits could be done; a task gains by how
// much sooner than that it is done. Jobs of one priority are one tier. Looks at the first
// Limits::kinds_assigned kinds in turn.
// Order: that of the queue; nothing else.
// Cost:  that of assign(), and once over waiting classes and running attempts.
[[nodiscard]] std::optional<Ways> ways_by_worth(const Engine& engine, base::Time now);

}  // namespace weir::engine
