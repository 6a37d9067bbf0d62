#include "gateway/routes.h"

namespace weir::gateway {

std::span<const Route> all_routes() {
  static const std::vector<Route> routes = [] {
    std::vector<Route> all;
    add_job_routes(all);
    add_log_routes(all);
    add_journal_routes(all);
    add_site_routes(all);
    add_data_routes(all);
    add_policy_routes(all);
    add_throughput_routes(all);
    add_blob_routes(all);
    add_tenant_routes(all);
    add_price_routes(all);
    add_power_routes(all);
    add_power_request_routes(all);
    add_identity_routes(all);
    add_site_access_routes(all);
    add_agent_routes(all);
    add_about_routes(all);
    return all;
  }();
  return routes;
}

}  // namespace weir::gateway
