// Whether a state that was read back could be one of ours, before anything is built upon it.
//
// Bytes can be whole and still lie: a file put together by hand, a snapshot of a version with a
// mistake. What is checked is what the rest of the engine takes for granted; not more.
#pragma once

#include "base/result.h"
#include "engine/state.h"

namespace weir::engine {

// Fails: invalid, naming the record that contradicts another. Packed specs are not looked into.
// Cost: one walk over all records.
[[nodiscard]] base::Status check_sound(const State& state);

}  // namespace weir::engine
