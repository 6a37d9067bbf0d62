// Routes: requests that a site draw less for a while.
#include <algorithm>
#include <charconv>

#include "engine/power.h"
#include "gateway/call.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"

namespace weir::gateway {
namespace {

using base::ErrorCode;
using CallPointer = std::shared_ptr<Call>;

base::Result<model::PowerRequestId> request_of(const Call& call) {
  const std::string& text = call.path("id");
  model::PowerRequestId id;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return base::fail(ErrorCode::not_found, "there is no request `" + text + "`", "id",
                      "requests are numbered: weir power requests");
  }
  return id;
}

base::Status list_requests(Services& services, const CallPointer& call) {
  answer_from_engine(services.core, call, [](const engine::Engine& engine, base::Time now) {
    return base::Result<PowerRequestList>(
        PowerRequestList{engine::list_power_requests(engine, now)});
  });
  return {};
}

base::Status show_request(Services& services, const CallPointer& call) {
  const model::PowerRequestId id = WEIR_TRY(request_of(*call));
  answer_from_engine(
      services.core, call,
      [id](const engine::Engine& engine, base::Time now) -> base::Result<model::PowerRequestView> {
        for (const engine::PowerRecord& record : engine.state().power_requests) {
          if (record.request.id == id) {
            return engine::power_request_view(engine, record, now);
          }
        }
        return base::fail(ErrorCode::not_found, "there is no request " + std::to_string(id.value));
      });
  return {};
}

base::Status make_request(Services& services, const CallPointer& call) {
  auto order = call->read_body<PowerOrder>();
  if (!order) return {};
  model::RequestPower input{
      call->by,    order->site, order->less_milliwatts, order->target_milliwatts,
      order->from, order->until};
  services.core.submit(std::move(input), [call](const engine::Reply& reply) {
    if (reply.error) return call->fail(*reply.error);
    call->send_json(
        201, base::to_json(*reply.power),
        {{"Location", "/v1/power/requests/" + std::to_string(reply.power->request.id.value)}});
  });
  return {};
}

base::Status withdraw_request(Services& services, const CallPointer& call) {
  const model::PowerRequestId id = WEIR_TRY(request_of(*call));
  services.core.submit(model::WithdrawPower{call->by, id}, [call](const engine::Reply& reply) {
    if (reply.error) return call->fail(*reply.error);
    call->send({204, "", {}, "", {}});
  });
  return {};
}

}  // namespace

void add_power_request_routes(std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .path = "/v1/power/requests",
                    .operation = "listPowerRequests",
                    .group = "Sites",
                    .access = Access::viewer,
                    .summary = "Requests to draw less, the newest first: what was committed to, "
                               "what was delivered so far, and who gave way.",
                    .reply = {.schema = &schema_text<PowerRequestList>,
                              .summary = "Those of now, and the last ones that are over."},
                    .handle = &list_requests});
  routes.push_back(
      {.method = "POST",
       .path = "/v1/power/requests",
       .operation = "requestPower",
       .group = "Sites",
       .access = Access::operator_,
       .summary = "Asks a site to draw less for a while.",
       .details = "Answered at once with the draw that the site is held to from then on, what that "
                  "falls short of, and what is done for it: what waits begins later, elastic gangs "
                  "shrink, pausable work is paused. Draw is the model's, of the whole room.",
       .body = {.schema = &schema_text<PowerOrder>,
                .types = {"application/json"},
                .summary = "How much less, or how much at most, and when."},
       .reply = {.status = 201,
                 .schema = &schema_text<model::PowerRequestView>,
                 .summary = "What is committed to."},
       .refusals = {404, 422},
       .handle = &make_request});
  routes.push_back({.method = "GET",
                    .path = "/v1/power/requests/{id}",
                    .operation = "showPowerRequest",
                    .group = "Sites",
                    .access = Access::viewer,
                    .summary = "One request to draw less, and how it goes.",
                    .reply = {.schema = &schema_text<model::PowerRequestView>,
                              .summary = "Committed, delivered, and who gave way."},
                    .refusals = {404},
                    .handle = &show_request});
  routes.push_back({.method = "DELETE",
                    .path = "/v1/power/requests/{id}",
                    .operation = "withdrawPower",
                    .group = "Sites",
                    .access = Access::operator_,
                    .summary = "Takes a request back: the site may draw as before.",
                    .reply = {.status = 204, .type = "", .summary = "It is over."},
                    .refusals = {404, 409},
                    .handle = &withdraw_request});
}

}  // namespace weir::gateway
