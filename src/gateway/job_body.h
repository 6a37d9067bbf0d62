// The body of a submission: job files in JSON or YAML become specs.
#pragma once

#include <vector>

#include "gateway/call.h"
#include "model/job.h"

namespace weir::gateway {

inline constexpr std::size_t jobs_at_once_max = 10'000;

struct JobBody {
  std::vector<model::JobSpec> jobs;
  std::vector<base::Error> errors;  // not empty: the body cannot be taken as it is
};

// Reads one job file; or, where `many` may stand, a list of them, or {"jobs": [...]} in JSON or
// YAML. Every problem of form is found, at most 100, each with its field, line and column.
[[nodiscard]] JobBody read_job_body(const Call& call, bool many);

}  // namespace weir::gateway
