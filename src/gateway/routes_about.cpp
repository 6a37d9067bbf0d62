// Routes: about Weir itself: is it up, how does it do, what can it be asked.
#include "gateway/call.h"
#include "gateway/metrics.h"
#include "gateway/openapi.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"

namespace weir::gateway {
namespace {

using CallPointer = std::shared_ptr<Call>;

base::Status tell_health(Services&, const CallPointer& call) {
  call->send_json(200, base::to_json(Health{"ok"}));
  return {};
}

base::Status tell_metrics(Services& services, const CallPointer& call) {
  auto metrics = std::make_shared<EngineMetrics>();
  services.core.ask(
      [metrics](const engine::Engine& engine, base::Time) { *metrics = engine_metrics(engine); },
      [&services, call, metrics] {
        services.workers.run([&services, call, metrics] {
          http::HttpServerStatistics http;
          const bool has_http = services.options.http_statistics != nullptr;
          if (has_http) http = services.options.http_statistics();
          const CoreStatistics core = services.core.statistics();
          call->send({200,
                      "text/plain; version=0.0.4; charset=utf-8",
                      {},
                      metrics_text({services.options.version, *metrics, core, services.job_counts,
                                    services.counts, services.router.routes(),
                                    has_http ? &http : nullptr}),
                      {}});
        });
      });
  return {};
}

base::Status tell_openapi(Services& services, const CallPointer& call) {
  static const std::string document =
      openapi_document(services.router.routes(), services.options.version);
  call->send_json(200, document);
  return {};
}

base::Status tell_reasons(Services&, const CallPointer& call) {
  ReasonList list;
  for (const model::ReasonNote& note : model::all_reasons()) {
    list.reasons.push_back({note.reason, note.party, note.retry_helps, std::string(note.sentence)});
  }
  call->send_json(200, base::to_json(list));
  return {};
}

std::string document_schema(base::Schemas&) { return R"({"type":"object"})"; }

}  // namespace

void add_about_routes(std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .path = "/healthz",
                    .operation = "tellHealth",
                    .group = "About",
                    .access = Access::anybody,
                    .summary = "Whether the server is up. The only path without identity.",
                    .reply = {.schema = &schema_text<Health>, .summary = "It is."},
                    .handle = &tell_health});
  routes.push_back({.method = "GET",
                    .path = "/metrics",
                    .operation = "tellMetrics",
                    .group = "About",
                    .access = Access::viewer,
                    .summary = "Figures for Prometheus.",
                    .reply = {.type = "text/plain", .summary = "The text format, version 0.0.4."},
                    .handle = &tell_metrics});
  routes.push_back({.method = "GET",
                    .path = "/v1/openapi.json",
                    .operation = "tellOpenapi",
                    .group = "About",
                    .access = Access::viewer,
                    .summary = "This API for programs: OpenAPI 3.1.",
                    .reply = {.schema = &document_schema, .summary = "The document."},
                    .handle = &tell_openapi});
  routes.push_back({.method = "GET",
                    .path = "/v1/reasons",
                    .operation = "listReasons",
                    .group = "About",
                    .access = Access::viewer,
                    .summary = "Why a job can be where it is: the closed list of reasons.",
                    .reply = {.schema = &schema_text<ReasonList>, .summary = "The list."},
                    .handle = &tell_reasons});
}

}  // namespace weir::gateway
