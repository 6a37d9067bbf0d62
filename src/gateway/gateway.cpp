#include "gateway/gateway.h"

#include <future>

#include "gateway/routes.h"

namespace weir::gateway {

Gateway::Gateway(Core& core, GatewayOptions options)
    : services_(core, std::move(options), all_routes()) {}

base::Result<std::unique_ptr<Gateway>> Gateway::open(Core& core, GatewayOptions options) {
  std::unique_ptr<Gateway> gateway(new Gateway(core, std::move(options)));
  // First to listen, then to look: what becomes true between the two is heard, and hearing of a
  // token twice changes nothing.
  gateway->following_ =
      core.follow([gateway = gateway.get()](DurableRows rows) { gateway->take(rows); });
  auto looked = std::make_shared<std::promise<void>>();
  std::future<void> done = looked->get_future();
  core.ask(
      [gateway = gateway.get()](const engine::Engine& engine, base::Time) {
        for (const auto& [id, token] : engine.state().tokens) gateway->services_.tokens.add(token);
      },
      [looked] { looked->set_value(); });
  done.wait();
  return gateway;
}

void Gateway::take(DurableRows rows) {
  for (const auto& row : rows) {
    for (const model::Fact& fact : row->facts) services_.tokens.take(fact);
  }
  services_.job_waits.take(rows);
}

void Gateway::handle(HttpRequest request, ResponseWriter writer) {
  const auto call = std::make_shared<Call>(std::move(request), std::move(writer));
  if (auto refusal =
          services_.router.admit(call->request, services_.tokens, call->route, call->by)) {
    return call->send(*std::move(refusal));
  }
  if (const auto status = call->route->handle(services_, call); !status) call->fail(status.error());
}

BodyPlan Gateway::plan_body(const HttpRequest& head) const {
  BodyPlan plan;
  const Route* route = nullptr;
  model::Principal by;
  plan.refusal = services_.router.admit(head, services_.tokens, route, by);
  if (route != nullptr) plan.bytes_max = route->body.bytes_max;
  return plan;
}

void Gateway::stop() {
  following_.reset();
  services_.job_waits.clear();
  services_.workers.stop();
}

}  // namespace weir::gateway
