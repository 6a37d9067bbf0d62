// Routes: how fast which work goes on which devices.
#include "engine/engine.h"
#include "gateway/call.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"
#include "schedule/throughput.h"

namespace weir::gateway {
namespace {

using CallPointer = std::shared_ptr<Call>;

base::Status list_throughputs(Services& services, const CallPointer& call) {
  answer_from_engine(services.core, call, [](const engine::Engine& engine, base::Time) {
    return base::Result<model::ThroughputTable>(engine.state().throughputs);
  });
  return {};
}

base::Status set_throughputs(Services& services, const CallPointer& call) {
  auto table = call->read_body<model::ThroughputTable>();
  if (!table) return {};
  // The engine says the same; here it is said before anything is queued.
  WEIR_TRY_STATUS(schedule::check_throughputs(*table));
  services.core.submit(model::SetThroughputs{call->by, *std::move(table)},
                       [call](const engine::Reply& reply) {
                         if (reply.error) return call->fail(*reply.error);
                         call->send({204, "", {}, "", {}});
                       });
  return {};
}

}  // namespace

void add_throughput_routes(std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .path = "/v1/throughputs",
                    .operation = "listThroughputs",
                    .group = "Sites",
                    .access = Access::viewer,
                    .summary = "How fast which kind of work goes on which devices.",
                    .details = "A job's kind of work is its name.",
                    .reply = {.schema = &schema_text<model::ThroughputTable>,
                              .summary = "All rates that are known."},
                    .handle = &list_throughputs});
  routes.push_back({.method = "PUT",
                    .path = "/v1/throughputs",
                    .operation = "setThroughputs",
                    .group = "Sites",
                    .access = Access::operator_,
                    .summary = "Sets the rates, whole: what is left out is no longer known.",
                    .details = "Of the alternatives a job leaves open (`any_of`), the one is taken "
                               "that is done soonest by these rates.",
                    .body = {.schema = &schema_text<model::ThroughputTable>,
                             .types = {"application/json"},
                             .summary = "Each rate with its kind of work, device model and count."},
                    .reply = {.status = 204, .type = "", .summary = "They are set."},
                    .handle = &set_throughputs});
}

}  // namespace weir::gateway
