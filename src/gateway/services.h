// What handlers work with. Made once by the gateway; outlives every call.
#pragma once

#include <functional>
#include <string>

#include "gateway/core.h"
#include "gateway/forecasts.h"
#include "gateway/http/server.h"
#include "gateway/job_waits.h"
#include "gateway/router.h"
#include "gateway/token_book.h"
#include "gateway/workers.h"

namespace weir::gateway {

struct GatewayOptions {
  std::string data_folder;  // blobs are kept under it
  std::string version;      // of the program, for the OpenAPI document
  // What the server counts, for /metrics; may be empty.
  std::function<HttpServerStatistics()> http_statistics;
};

struct Services {
  Services(Core& of_house, GatewayOptions given, std::span<const Route> routes)
      : core(of_house), options(std::move(given)), router(routes) {}

  Core& core;
  const GatewayOptions options;
  const Router router;
  TokenBook tokens;
  Forecasts forecasts;  // engine's thread only
  JobWaits job_waits;
  Workers workers{2};
};

}  // namespace weir::gateway
