// Facts and answers in words, as scenarios expect them.
#pragma once

#include <string>

#include "engine/engine.h"
#include "model/view.h"

namespace weir::scenarios {

// One line; "" for facts that only say that time passed.
[[nodiscard]] std::string words(const model::Fact& fact, const engine::Engine& engine);
[[nodiscard]] std::string words(const model::Explanation& explanation);
[[nodiscard]] std::string words(const model::Plan& plan);
[[nodiscard]] std::string words(const model::TenantView& tenant);

}  // namespace weir::scenarios
