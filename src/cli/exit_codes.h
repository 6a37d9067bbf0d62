// Exit codes: a job's own pass through; these are Weir's.
#pragma once

#include "base/result.h"
#include "model/view.h"

namespace weir::cli {

inline constexpr int exit_usage = 2;
inline constexpr int exit_failed_before_it_ran = 100;
inline constexpr int exit_not_finished = 101;
inline constexpr int exit_no_such_thing = 102;
inline constexpr int exit_cancelled = 103;
inline constexpr int exit_timeout = 104;
inline constexpr int exit_lost = 105;
inline constexpr int exit_refused = 106;
inline constexpr int exit_interrupted = 130;  // a question or a wait ended by Ctrl-C
inline constexpr int exit_error = 1;

// What `run`, `wait` and `logs -f` end with.
[[nodiscard]] int exit_code_of(const model::JobSummary& job);
// Prints the error as `weir: …` and gives the code it ends with.
[[nodiscard]] int complain(const base::Error& error);

}  // namespace weir::cli
