// Routes: how the scheduler decides.
#include "engine/engine.h"
#include "gateway/call.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"

namespace weir::gateway {
namespace {

using CallPointer = std::shared_ptr<Call>;

base::Status show_policy(Services& services, const CallPointer& call) {
  answer_from_engine(services.core, call, [](const engine::Engine& engine, base::Time) {
    return base::Result<model::Policy>(engine.state().policy);
  });
  return {};
}

base::Status set_policy(Services& services, const CallPointer& call) {
  auto policy = call->read_body<model::Policy>();
  if (!policy) return {};
  services.core.submit(model::SetPolicy{call->by, *std::move(policy)},
                       [call](const engine::Reply& reply) {
                         if (reply.error) return call->fail(*reply.error);
                         call->send({204, "", {}, "", {}});
                       });
  return {};
}

}  // namespace

void add_policy_routes(std::vector<Route>& routes) {
  routes.push_back(
      {.method = "GET",
       .path = "/v1/policy",
       .operation = "showPolicy",
       .group = "Sites",
       .access = Access::viewer,
       .summary = "How the scheduler decides.",
       .reply = {.schema = &schema_text<model::Policy>, .summary = "All of its parts."},
       .handle = &show_policy});
  routes.push_back(
      {.method = "PUT",
       .path = "/v1/policy",
       .operation = "setPolicy",
       .group = "Sites",
       .access = Access::operator_,
       .summary = "Sets the policy, whole: a part that is left out has its plain value.",
       .details = "What runs keeps its place; promises that stand are kept.",
       .body = {.schema = &schema_text<model::Policy>,
                .types = {"application/json"},
                .summary = "Its parts, as in a scenario of the twin."},
       .reply = {.status = 204, .type = "", .summary = "It is set."},
       .handle = &set_policy});
}

}  // namespace weir::gateway
