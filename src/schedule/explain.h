// Candidates with their reasons: one row an option and site, for `plan`, `explain` and refusals.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/view.h"
#include "schedule/capacity.h"
#include "schedule/forecast.h"
#include "schedule/request.h"

namespace weir::schedule {

// The rows of one site for a request. `start` is what the forecast says of the request as a whole;
// rows of options that it would not take say why not.
[[nodiscard]] std::vector<model::Candidate> candidates(
    const std::string& site, const Capacity& capacity, const Request& request,
    const std::optional<Start>& start, std::optional<base::Duration> time_limit, base::Time now);

// Best first: those that start (soonest first, unknown last), then those that never do; ties keep
// the user's order of options.
void rank(std::vector<model::Candidate>& candidates);

}  // namespace weir::schedule
