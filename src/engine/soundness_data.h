// What must hold of datasets, links and transfers in a state that was read back. Private to this
// room.
#pragma once

#include "engine/state.h"

namespace weir::engine {

// Fails: invalid.
[[nodiscard]] base::Status check_data(const State& state);

}  // namespace weir::engine
