// The way into the house: requests in, answers out; who is asking, and whether it is well formed.
//
// Everything a request can ask stands in the table of routes (routes.h). The gateway decides
// nothing about jobs: it turns requests into inputs and questions for the core, and facts into
// answers. It owns no socket: an HttpServer hands it requests, tests do so directly.
#pragma once

#include <atomic>
#include <memory>

#include "gateway/core.h"
#include "gateway/services.h"
#include "http/server.h"

namespace weir::gateway {

class Gateway {
 public:
  // Learns the tokens and jobs there are, and follows what becomes true from then on.
  // Requires: `core` answers already and outlives this object. Blocks until it has.
  // Fails: input_output, the folder of blobs cannot be made.
  [[nodiscard]] static base::Result<std::unique_ptr<Gateway>> open(Core& core,
                                                                   GatewayOptions options);
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;
  ~Gateway() { stop(); }

  // The Handler of an HttpServer. Answers every request, now or later.
  void handle(http::HttpRequest request, http::ResponseWriter writer);
  // The plan_body of an HttpServer: who may send how much, and where it goes.
  [[nodiscard]] http::BodyPlan plan_body(const http::HttpRequest& head);

  // For sites whose agents dial in.
  [[nodiscard]] AgentLinks& agent_links() { return services_.agent_links; }

  // Ends streams and long waits, and what is under way behind them; what comes later is answered
  // `unavailable`. A second call does nothing.
  //
  // The order of an end: this, then the HttpServer's stop(), then the core's end, and only then may
  // this object go: until the core has dropped its callbacks, they point here.
  void stop();

 private:
  Gateway(Core& core, GatewayOptions options);
  void take(DurableRows rows);

  Services services_;
  std::atomic<bool> stopping_ = false;
  std::shared_ptr<void> following_;
};

}  // namespace weir::gateway
