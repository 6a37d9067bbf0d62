// What work that takes turns does in one: the world's side of it, of which the engine knows only
// what it is told.
#pragma once

#include "engine/engine.h"
#include "twin/arrivals.h"
#include "twin/site.h"

namespace weir::twin {

// Whole steps are done, as many as fit in the time at the rate of the devices, or those that are
// left; then it rests. Two that share their devices rest together, when the later of them does.
// Requires: the attempt runs, with what it has done so far in the engine's record.
[[nodiscard]] Turn turn_of(const Arrivals& arrivals, const engine::Engine& engine,
                           const model::AttemptKey& key, base::Time from, base::Time rests_at);

}  // namespace weir::twin
