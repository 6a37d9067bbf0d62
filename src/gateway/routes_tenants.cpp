// Routes: how tenants share.
#include "engine/questions.h"
#include "gateway/call.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"

namespace weir::gateway {
namespace {

using CallPointer = std::shared_ptr<Call>;

base::Status list_tenants(Services& services, const CallPointer& call) {
  answer_from_engine(
      services.core, call, [by = call->by](const engine::Engine& engine, base::Time) {
        return base::Result<TenantList>(TenantList{engine::list_tenants(engine, by)});
      });
  return {};
}

// Both answer with nothing: what is set now stands in the list.
void submit(Services& services, const CallPointer& call, model::Input input) {
  services.core.submit(std::move(input), [call](const engine::Reply& reply) {
    if (reply.error) return call->fail(*reply.error);
    call->send({204, "", {}, "", {}});
  });
}

base::Status set_tenant(Services& services, const CallPointer& call) {
  auto tenant = call->read_body<model::Tenant>();
  if (!tenant) return {};
  // The engine says the same; here it is said before anything is queued.
  WEIR_TRY_STATUS(model::check_tenant(*tenant));
  submit(services, call, model::SetTenant{call->by, *std::move(tenant)});
  return {};
}

base::Status remove_tenant(Services& services, const CallPointer& call) {
  submit(services, call, model::RemoveTenant{call->by, std::string(call->text("path"))});
  return {};
}

}  // namespace

void add_tenant_routes(std::vector<Route>& routes) {
  routes.push_back(
      {.method = "GET",
       .path = "/v1/tenants",
       .operation = "listTenants",
       .group = "Tenants",
       .access = Access::viewer,
       .summary = "The tree of tenants: weight, share, what each holds and may hold.",
       .details = "Operators see all of it, others their own tenant and what lies below it.",
       .reply = {.schema = &schema_text<TenantList>, .summary = "The tenants, by path."},
       .handle = &list_tenants});
  routes.push_back(
      {.method = "PUT",
       .path = "/v1/tenants",
       .operation = "setTenant",
       .group = "Tenants",
       .access = Access::operator_,
       .summary = "Sets how a tenant shares, whole: what is left out is not set.",
       .body = {.schema = &schema_text<model::Tenant>,
                .types = {"application/json"},
                .summary = "Weight, limit, guarantee and budget (device time, money)."},
       .reply = {.status = 204, .type = "", .summary = "It is set."},
       .handle = &set_tenant});
  routes.push_back(
      {.method = "DELETE",
       .path = "/v1/tenants",
       .operation = "removeTenant",
       .group = "Tenants",
       .access = Access::operator_,
       .summary = "Takes back what is set of a tenant. Its work and its past use stay.",
       .query = {{.name = "path", .summary = "Which one: lab/nlp.", .most = 300}},
       .reply = {.status = 204, .type = "", .summary = "It is set no longer."},
       .refusals = {404},
       .handle = &remove_tenant});
}

}  // namespace weir::gateway
