// Runs a command of Slurm's that runs something beside a rank, and hands its output on as it comes.
#pragma once

#include <functional>
#include <stop_token>
#include <string_view>

#include "backend/slurm/command.h"
#include "base/result.h"

namespace weir::backend::slurm {

// Only its standard output is the work's: a runner joins both there (runner/exec_run.h), and what
// Slurm itself has to say comes by the other.
//
// Returns: its exit code. Where `cancel` is requested it is told to end, and killed where it stays.
// Fails:   not_found; input_output, Slurm did not let it begin.
[[nodiscard]] base::Result<int> exec_in_job(const Command& command,
                                            const std::function<void(std::string_view)>& output,
                                            const std::stop_token& cancel);

}  // namespace weir::backend::slurm
