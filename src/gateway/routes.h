// The table of all routes, put together from the groups, one file each.
#pragma once

#include <span>
#include <vector>

#include "gateway/route.h"

namespace weir::gateway {

[[nodiscard]] std::span<const Route> all_routes();

void add_job_routes(std::vector<Route>& routes);

}  // namespace weir::gateway
