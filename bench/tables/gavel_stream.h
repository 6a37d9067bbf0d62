// The stream of jobs that Gavel's generator makes from a seed (scheduler/utils.py generate_job), of
// any length: the recorded ones are too short for policies that let many wait.
#pragma once

#include <cstdint>
#include <string>

#include "model/throughput.h"

namespace weir::tables {

// As text, in the form of the recorded streams. `several`: some jobs take 2, 4 or 8 devices.
[[nodiscard]] std::string gavel_stream(std::uint32_t seed, bool several, int jobs,
                                       const model::ThroughputTable& rates);

}  // namespace weir::tables
