// What the best division of a competition's load gains, by CLP: the bound that assignments are held
// against. Here and in cutting_stock.h alone the house knows a solver.
#pragma once

#include <optional>

#include "schedule/assign.h"

namespace weir::schedule::test {

// The most that the demands of one tier, or of all together, can gain alone.
[[nodiscard]] double linear_bound(const Competition& competition,
                                  std::optional<std::uint32_t> tier = {});

}  // namespace weir::schedule::test
