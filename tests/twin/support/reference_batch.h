// One machine of equal processors under a queue, written down as the papers have it and with
// nothing of ours: what the engine's figures on batch traces are held against.
#pragma once

#include "base/time.h"
#include "twin/workload.h"

namespace weir::twin::test {

enum class Rule {
  in_turn,  // nobody goes ahead
  easy      // whoever does not delay the first that waits (Lifka 1995)
};

// The mean wait. A job takes nodes × cpus processors for its run time, and is planned with its time
// limit; one past its limit is expected to end any moment. Requires: every job has a limit.
[[nodiscard]] base::Duration mean_wait(const Workload& workload, std::uint32_t processors,
                                       Rule rule);

}  // namespace weir::twin::test
