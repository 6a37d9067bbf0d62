#include "gateway/gateway.h"

#include <future>

#include "gateway/blobs.h"
#include "gateway/routes.h"

namespace weir::gateway {

Gateway::Gateway(Core& core, GatewayOptions options)
    : services_(core, std::move(options), all_routes()) {}

base::Result<std::unique_ptr<Gateway>> Gateway::open(Core& core, GatewayOptions options) {
  WEIR_TRY_STATUS(prepare_blobs(options.data_folder));
  std::unique_ptr<Gateway> gateway(new Gateway(core, std::move(options)));
  // First to listen, then to look: what becomes true between the two is heard, and hearing of a
  // token or a job twice changes nothing.
  gateway->following_ =
      core.follow([gateway = gateway.get()](DurableRows rows) { gateway->take(rows); });
  auto looked = std::make_shared<std::promise<void>>();
  std::future<void> done = looked->get_future();
  core.ask(
      [services = &gateway->services_](const engine::Engine& engine, base::Time) {
        const engine::State& state = engine.state();
        for (const auto& [id, token] : state.tokens) services->tokens.add(token);
        for (const auto& [id, job] : state.jobs) services->job_tenants.add(id, job.tenant);
        for (const auto& [name, access] : state.site_access) services->agents.set(access);
        for (const auto& [id, site] : state.sites) services->agent_links.set(id, site.name);
        services->feed.start(state.sequence);
      },
      [looked] { looked->set_value(); });
  done.wait();
  return gateway;
}

void Gateway::take(DurableRows rows) {
  // Before the feed: who reads a row there already knows whose its jobs are.
  for (const auto& row : rows) {
    for (const model::Fact& fact : row->facts) {
      services_.tokens.take(fact);
      services_.agents.take(fact);
      services_.agent_links.take(fact);
      if (const auto* submitted = std::get_if<model::JobSubmitted>(&fact)) {
        services_.job_tenants.add(submitted->job, submitted->by.tenant);
      } else if (const auto* archived = std::get_if<model::JobArchived>(&fact)) {
        services_.job_tenants.remove(archived->job);
      }
    }
  }
  services_.job_counts.take(rows);
  services_.feed.take(rows);
  services_.job_waits.take(rows);
  services_.follower.take(rows);
}

void Gateway::handle(http::HttpRequest request, http::ResponseWriter writer) {
  const auto call = std::make_shared<Call>(std::move(request), std::move(writer), services_.counts);
  if (stopping_) {
    return call->fail({base::ErrorCode::unavailable, "the server is ending", "", "", {}});
  }
  if (auto refusal = services_.router.admit(call->request, services_.tokens, services_.agents,
                                            call->route, call->by, call->agent)) {
    return call->send(*std::move(refusal));
  }
  const bool keyed = call->route->repeats == Repeats::memory &&
                     call->request.headers.find("Idempotency-Key").has_value();
  if (keyed && services_.replies->take_over(*call)) return;
  if (const auto status = call->route->handle(services_, call); !status) call->fail(status.error());
}

http::BodyPlan Gateway::plan_body(const http::HttpRequest& head) {
  http::BodyPlan plan;
  const Route* route = nullptr;
  model::Principal by;
  KnownAgent agent;
  plan.refusal = services_.router.admit(head, services_.tokens, services_.agents, route, by, agent);
  if (plan.refusal || route == nullptr) return plan;
  plan.bytes_max = route->body.bytes_max;
  if (route->body_to_file) plan.to_file = upload_path(services_.options.data_folder);
  return plan;
}

void Gateway::stop() {
  if (stopping_.exchange(true)) return;
  following_.reset();
  services_.job_waits.clear();
  services_.agent_links.stop();
  services_.execs.stop();
  services_.follower.stop();
  services_.agent_streams.stop();
  services_.workers.stop();
}

}  // namespace weir::gateway
