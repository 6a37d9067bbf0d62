// Routes: what work costs.
#include "engine/explain_tenants.h"
#include "gateway/call.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"

namespace weir::gateway {
namespace {

using CallPointer = std::shared_ptr<Call>;

base::Status list_prices(Services& services, const CallPointer& call) {
  answer_from_engine(services.core, call, [](const engine::Engine& engine, base::Time) {
    return base::Result<PriceList>(
        PriceList{engine.state().prices, engine::models_without_price(engine)});
  });
  return {};
}

base::Status set_prices(Services& services, const CallPointer& call) {
  auto table = call->read_body<model::PriceTable>();
  if (!table) return {};
  // The engine says the same; here it is said before anything is queued.
  WEIR_TRY_STATUS(schedule::check_prices(*table));
  services.core.submit(model::SetPrices{call->by, *std::move(table)},
                       [call](const engine::Reply& reply) {
                         if (reply.error) return call->fail(*reply.error);
                         call->send({204, "", {}, "", {}});
                       });
  return {};
}

}  // namespace

void add_price_routes(std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .path = "/v1/prices",
                    .operation = "listPrices",
                    .group = "Tenants",
                    .access = Access::viewer,
                    .summary = "What an hour of each device model and of a processor costs.",
                    .details = "`without_price` names the device models of the sites that have no "
                               "price: they cost nothing.",
                    .reply = {.schema = &schema_text<PriceList>, .summary = "All prices."},
                    .handle = &list_prices});
  routes.push_back({.method = "PUT",
                    .path = "/v1/prices",
                    .operation = "setPrices",
                    .group = "Tenants",
                    .access = Access::operator_,
                    .summary = "Sets the prices, whole: what is left out costs nothing.",
                    .details = "Tenants' budgets of money are charged at the prices of the moment "
                               "of placing; what was charged before stays as it is.",
                    .body = {.schema = &schema_text<model::PriceTable>,
                             .types = {"application/json"},
                             .summary = "Each device model's price of an hour, and a processor's."},
                    .reply = {.status = 204, .type = "", .summary = "They are set."},
                    .handle = &set_prices});
}

}  // namespace weir::gateway
