// From a rank's order to what a runner is told, alike for every backend that uses runners.
#pragma once

#include <string>

#include "backend/local/layout.h"
#include "backend/local/runner/order_form.h"
#include "backend/rank.h"

namespace weir::backend::local {

// "" where the order can be carried out; else what is wrong with it.
[[nodiscard]] std::string fault_of(const RankOrder& order);

// Everything but the cgroup, the lease and the looking. The program's environment holds nothing of
// the server's own: that may hold what a program must not see.
[[nodiscard]] RunnerOrder order_for_runner(const RankOrder& order, const Layout& layout,
                                           const std::string& user);

// Of whoever this process runs as.
[[nodiscard]] std::string user_name();

}  // namespace weir::backend::local
