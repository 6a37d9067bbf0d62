// Routes: what energy is at the sites.
#include "flow/energy.h"
#include "gateway/call.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"

namespace weir::gateway {
namespace {

using CallPointer = std::shared_ptr<Call>;

base::Status list_power(Services& services, const CallPointer& call) {
  answer_from_engine(services.core, call, [](const engine::Engine& engine, base::Time) {
    return base::Result<model::PowerTable>(engine.state().power);
  });
  return {};
}

base::Status set_power(Services& services, const CallPointer& call) {
  auto table = call->read_body<model::PowerTable>();
  if (!table) return {};
  // The engine says the same; here it is said before anything is queued.
  WEIR_TRY_STATUS(flow::check_power(*table));
  services.core.submit(model::SetPower{call->by, *std::move(table)},
                       [call](const engine::Reply& reply) {
                         if (reply.error) return call->fail(*reply.error);
                         call->send({204, "", {}, "", {}});
                       });
  return {};
}

}  // namespace

void add_power_routes(std::vector<Route>& routes) {
  routes.push_back(
      {.method = "GET",
       .path = "/v1/power",
       .operation = "listPower",
       .group = "Sites",
       .access = Access::viewer,
       .summary = "What energy is at each site: price and carbon over time, PUE, draw.",
       .reply = {.schema = &schema_text<model::PowerTable>, .summary = "All sites."},
       .handle = &list_power});
  routes.push_back({.method = "PUT",
                    .path = "/v1/power",
                    .operation = "setPower",
                    .group = "Sites",
                    .access = Access::operator_,
                    .summary = "Sets what energy is, whole: of what is left out nothing is known.",
                    .details = "Jobs whose objective weighs cost or carbon, and which may wait, "
                               "look anew for the best time to start.",
                    .body = {.schema = &schema_text<model::PowerTable>,
                             .types = {"application/json"},
                             .summary = "Each site's energy."},
                    .reply = {.status = 204, .type = "", .summary = "It is set."},
                    .handle = &set_power});
}

}  // namespace weir::gateway
