// A command beside a rank that runs: in its folder, with its environment and limits.
//
// It is a runner of its own, so that the rank's runner needs no way in. It ends all it started when
// the rank ends, or the server that wanted it goes.
#pragma once

#include "backend/local/runner/order_form.h"
#include "backend/local/runner/rank_run.h"

namespace weir::backend::local {

// Returns the exit code to end with: the command's own, or 128+n for signal n.
[[nodiscard]] int run_exec(const RunnerOrder& order, RunnerParts& parts);

}  // namespace weir::backend::local
