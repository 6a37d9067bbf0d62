// An order that waits in a file for a runner which a site's own scheduler will start.
//
// Whoever renames the file has the rank, and only one can: the runner, which then runs it, or the
// server, which then ends it unbegun. So a rank runs at most once, however often its runner is
// started, and needs no locks between machines. The file holds secrets: it is its owner's alone,
// and is gone once its runner has read it and claimed the rank.
#pragma once

#include <optional>
#include <string>

#include "backend/local/runner/order_form.h"

namespace weir::backend::local {

[[nodiscard]] inline std::string taken_order(const std::string& path) { return path + ".taken"; }

// Takes the order at `path`, adds its kept variables to its environment, and keeps it in memory
// where an exec finds it (order_descriptor).
// None: it was taken before, or withdrawn.
[[nodiscard]] std::optional<RunnerOrder> take_order(const std::string& path);
// To be called once the rank is claimed.
void remove_taken_order(const std::string& path);

}  // namespace weir::backend::local
