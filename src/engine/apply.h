// How each fact changes the state: the only place that does.
#pragma once

#include "engine/index.h"
#include "engine/state.h"
#include "model/fact.h"

namespace weir::engine {

// Requires: the fact follows from the state (the engine made it, or a journal whose chain holds).
void apply(State& state, Index& index, const model::Fact& fact, base::Time now);

}  // namespace weir::engine
