// The table of all routes, put together from the groups, one file each.
#pragma once

#include <span>
#include <vector>

#include "gateway/route.h"

namespace weir::gateway {

[[nodiscard]] std::span<const Route> all_routes();

void add_job_routes(std::vector<Route>& routes);
void add_log_routes(std::vector<Route>& routes);
void add_journal_routes(std::vector<Route>& routes);
void add_site_routes(std::vector<Route>& routes);
void add_blob_routes(std::vector<Route>& routes);
void add_tenant_routes(std::vector<Route>& routes);
void add_policy_routes(std::vector<Route>& routes);
void add_throughput_routes(std::vector<Route>& routes);
void add_price_routes(std::vector<Route>& routes);
void add_data_routes(std::vector<Route>& routes);
void add_power_routes(std::vector<Route>& routes);
void add_power_request_routes(std::vector<Route>& routes);
void add_identity_routes(std::vector<Route>& routes);
void add_agent_routes(std::vector<Route>& routes);
void add_site_access_routes(std::vector<Route>& routes);
void add_about_routes(std::vector<Route>& routes);

}  // namespace weir::gateway
