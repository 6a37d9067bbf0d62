// The promise to the first job that has to wait, and what it closes to those that go after it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "engine/engine.h"
#include "schedule/order.h"
#include "schedule/reserve.h"

namespace weir::engine {

// By site; at most one, as one task starts on one site.
using Promises = std::map<model::SiteId, schedule::Promise>;

// Where and when the job's next task could start, were all that runs to end at its limit: on the
// site where that is soonest. None where it can never fit.
[[nodiscard]] Promises promise_for(const Engine& engine, model::JobId job, std::uint32_t kind,
                                   base::Time now);

// The promise that binds whoever stands here: that of the first job before it which waits and can
// ever fit. Requires: everything that can be placed has been.
[[nodiscard]] Promises promise_before(const Engine& engine, const schedule::Position& position,
                                      base::Time now);

// The nodes of a site that work of this length may not use now.
[[nodiscard]] const std::set<std::uint32_t>& closed_nodes(const Promises& promises,
                                                          model::SiteId site, base::Time now,
                                                          std::optional<base::Duration> time_limit);

}  // namespace weir::engine
