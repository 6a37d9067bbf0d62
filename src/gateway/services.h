// What handlers work with. Made once by the gateway; outlives every call.
#pragma once

#include <functional>
#include <string>

#include "gateway/agent_book.h"
#include "gateway/agent_links.h"
#include "gateway/core.h"
#include "gateway/exec_runs.h"
#include "gateway/follower.h"
#include "gateway/forecasts.h"
#include "gateway/job_tenants.h"
#include "gateway/job_waits.h"
#include "gateway/metrics.h"
#include "gateway/reply_book.h"
#include "gateway/request_counts.h"
#include "gateway/router.h"
#include "gateway/row_feed.h"
#include "gateway/token_book.h"
#include "gateway/workers.h"
#include "http/server.h"

namespace weir::gateway {

// How a control plane certifies agents.
struct Certifier {
  std::string authority;      // its certificate, PEM
  std::string trust_domain;   // of sites for which none is named
  std::string control_plane;  // the SPIFFE id it answers as
  std::string url;            // where agents dial in, "https://127.0.0.1:9348"
  std::function<base::Result<std::string>(const std::string& request, const std::string& id)>
      certify;
  std::function<base::Time()> certified_until;  // what is certified now
};

struct GatewayOptions {
  std::string data_folder;  // blobs are kept under it
  std::string version;      // of the program, for the OpenAPI document
  // What the server counts, for /metrics; may be empty.
  std::function<http::HttpServerStatistics()> http_statistics;
  std::shared_ptr<const Certifier> agents = nullptr;  // null: none can join
};

struct Services {
  Services(Core& of_house, GatewayOptions given, std::span<const Route> routes)
      : core(of_house),
        options(std::move(given)),
        router(routes),
        counts(routes),
        feed(of_house),
        execs(of_house) {}

  Core& core;
  const GatewayOptions options;
  const Router router;
  RequestCounts counts;
  JobCounts job_counts;
  TokenBook tokens;
  AgentBook agents;
  JobTenants job_tenants;
  RowFeed feed;
  JobWaits job_waits;
  std::shared_ptr<ReplyBook> replies = std::make_shared<ReplyBook>();
  Forecasts forecasts;  // engine's thread only
  // With threads of their own: last, so that they end first.
  Workers workers{2};
  ExecRuns execs;
  Follower follower;
  // Agents have a thread of their own: a log that is followed waits for what one of them answers.
  Follower agent_streams;
  AgentLinks agent_links{agent_streams.bell()};
};

}  // namespace weir::gateway
