// Ends an agent's work at the inner Weir when the agent is gone.
//
// An agent that died cannot stop what another site may run again by then, and the inner Weir knows
// of no lease: to it these are jobs as any. So a process of its own, which the agent starts and
// which outlives it, watches the lease and cancels them once it was not renewed for too long. It is
// as near to the work as the agent was, and at any depth.
#pragma once

#include <string>

#include "backend/weir/inner_api.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::backend::inner {

struct GuardOptions {
  std::string folder;  // of the backend (notes.h)
  Access access;
  std::string site;
  base::Duration fence_after{};
};

// Sees to it that a guard is there, one for a folder. `program` is weir, which is started as
// `weir agent-guard FOLDER URL TOKEN_FILE SITE FENCE`.
// Fails: input_output, there is none and none could be started.
[[nodiscard]] base::Status keep_guard(const std::string& program, const GuardOptions& options);

// Is the guard: leaves the caller's session, and returns when there is nothing to guard any more.
void run_guard(const GuardOptions& options);

}  // namespace weir::backend::inner
