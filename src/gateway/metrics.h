// The text of /metrics, in the exposition format of Prometheus (version 0.0.4).
//
// Names follow Prometheus: base units, `_total` for counts, `weir_` before what is ours. Missing
// figures are left out, never zero.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "gateway/core.h"
#include "gateway/request_counts.h"
#include "http/server.h"
#include "model/view.h"

namespace weir::gateway {

// What the facts since the start of the process say of jobs. Thread-safe.
class JobCounts {
 public:
  void take(DurableRows rows);
  [[nodiscard]] std::uint64_t submitted() const { return submitted_; }
  [[nodiscard]] std::uint64_t ended(model::JobState state) const {
    return ended_.at(static_cast<std::size_t>(state));
  }

 private:
  std::atomic<std::uint64_t> submitted_ = 0;
  std::array<std::atomic<std::uint64_t>, base::enum_names<model::JobState>().size()> ended_{};
};

// What is asked of the engine for one page of metrics.
struct EngineMetrics {
  std::uint64_t sequence = 0;
  std::uint64_t jobs_waiting = 0;
  std::uint64_t jobs_running = 0;
  std::uint64_t jobs_finished = 0;  // and not yet archived
  std::vector<model::SiteView> sites;
};
[[nodiscard]] EngineMetrics engine_metrics(const engine::Engine& engine);

struct MetricsSources {
  std::string_view version;
  const EngineMetrics& engine;
  const CoreStatistics& core;
  const JobCounts& jobs;
  const RequestCounts& requests;
  std::span<const Route> routes;
  const http::HttpServerStatistics* http;  // null: nobody told
};
[[nodiscard]] std::string metrics_text(const MetricsSources& sources);

}  // namespace weir::gateway
