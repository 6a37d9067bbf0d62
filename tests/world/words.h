// Inputs and steps in words, for a world's trace.
#pragma once

#include <string>

#include "engine/engine.h"
#include "model/input.h"

namespace weir::world {

[[nodiscard]] std::string words(const model::Input& input);
// ": TaskPlaced 3_1.2, JobEnded 3" or ": nothing", and the error, if there is one.
[[nodiscard]] std::string words(const engine::Step& step);

}  // namespace weir::world
