#include "gateway/routes.h"

namespace weir::gateway {

std::span<const Route> all_routes() {
  static const std::vector<Route> routes = [] {
    std::vector<Route> all;
    add_job_routes(all);
    return all;
  }();
  return routes;
}

}  // namespace weir::gateway
