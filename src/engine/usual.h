// What is usually asked for, from the jobs that wait and run.
#pragma once

#include "engine/index.h"
#include "engine/state.h"

namespace weir::engine {

// Counted now. A function of the state alone. Cost: the jobs that have not ended.
[[nodiscard]] UsualRecord usual_work(const State& state, const Index& index);

}  // namespace weir::engine
