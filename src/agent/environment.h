// What every rank finds in its environment.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "model/attempt.h"

namespace weir::agent {

// The job's own variables and, above them, all of WEIR_*: a job cannot set a name that begins so.
//
// WEIR_JOB_ID WEIR_JOB_NAME WEIR_TASK ("42_7") WEIR_ATTEMPT WEIR_ARRAY_INDEX (arrays only)
// WEIR_NODE WEIR_NODE_RANK WEIR_NUM_NODES WEIR_NODE_LIST WEIR_CPUS WEIR_DEVICES (indices, maybe
// none) WEIR_MASTER_ADDR WEIR_MASTER_PORT (one for all ranks of an attempt, 20000-29999)
//
// Requires: rank < wish.ranks.size().
[[nodiscard]] std::map<std::string, std::string> rank_environment(
    const model::AttemptWish& wish, std::uint32_t rank, const std::string& master_address);

}  // namespace weir::agent
