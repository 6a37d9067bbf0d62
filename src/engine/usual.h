// What is usually asked for, from the jobs that wait and run.
#pragma once

#include "engine/index.h"
#include "engine/state.h"

namespace weir::engine {

// As the policy tells it, or counted now. A function of the state alone. Cost: the jobs that have
// not ended.
[[nodiscard]] UsualRecord usual_work(const State& state, const Index& index);
// What all sites together have left for it. Cost: kinds of free shapes × usual demands.
[[nodiscard]] schedule::PlacesLeft places_left(const State& state, const Index& index);

}  // namespace weir::engine
