// What a waiting request would have to ask instead to start this moment.
//
// Found by asking the same planner that places work, never by rule of thumb: what is proposed
// starts if it is asked for. Each proposal changes one thing, and that by as little as will do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/power.h"
#include "schedule/order.h"

namespace weir::engine {

// A request as it waits, or would.
struct Waiting {
  schedule::Request request;
  std::optional<base::Duration> time_limit;
  schedule::Position position;
  std::string tenant;       // its path
  std::uint64_t owner = 0;  // the job, where it is there already; what is promised to it is its own
  std::optional<base::Time> deadline = std::nullopt;
  Flexibility how = {};
};

struct Counterfactual {
  schedule::Request request;  // with a single option, where it is that which is changed
  std::optional<base::Duration> time_limit;
  std::string text;  // "with `nodes: 2` it would start now"
};

// Fewer nodes, fewer devices, another device model, fewer processors, a shorter time
// limit: of each the nearest to what is asked for; those that are of no use are left out.
// Requires: everything that can be placed has been. Cost: a search for each step of each.
[[nodiscard]] std::vector<Counterfactual> what_would_start_now(const Engine& engine,
                                                               const Waiting& waiting,
                                                               base::Time now);

}  // namespace weir::engine
