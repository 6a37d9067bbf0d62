#include "gateway/metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/questions.h"
#include "gateway/process_figures.h"

namespace weir::gateway {
namespace {

constexpr double us_per_s = 1e6;

std::string label_value(std::string_view value) {
  std::string out;
  for (const char letter : value) {
    if (letter == '\\' || letter == '"') out += '\\';
    if (letter == '\n') {
      out += "\\n";
    } else {
      out += letter;
    }
  }
  return out;
}

// One family of figures: its help and type once, then its samples.
class Family {
 public:
  Family(std::string& out, std::string_view name, std::string_view type, std::string_view help)
      : out_(out), name_(name) {
    out_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }

  template <typename Number>
  void add(Number value, std::string_view labels = {}) {
    if (labels.empty()) {
      out_ += fmt::format("{} {}\n", name_, value);
    } else {
      out_ += fmt::format("{}{{{}}} {}\n", name_, labels, value);
    }
  }

 private:
  std::string& out_;
  std::string_view name_;
};

template <typename Number>
void add_one(std::string& out, std::string_view name, std::string_view type, std::string_view help,
             Number value) {
  Family(out, name, type, help).add(value);
}

void add_histogram(std::string& out, std::string_view name, std::string_view help,
                   const HistogramCounts& histogram) {
  out += fmt::format("# HELP {} {}\n# TYPE {} histogram\n", name, help, name);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < histogram_bounds_us.size(); ++i) {
    below += histogram.counts[i];
    out += fmt::format("{}_bucket{{le=\"{}\"}} {}\n", name,
                       static_cast<double>(histogram_bounds_us[i]) / us_per_s, below);
  }
  below += histogram.counts.back();
  out += fmt::format("{}_bucket{{le=\"+Inf\"}} {}\n", name, below);
  out += fmt::format("{}_sum {}\n{}_count {}\n", name,
                     static_cast<double>(histogram.sum_us) / us_per_s, name, below);
}

void add_jobs(std::string& out, const EngineMetrics& engine, const JobCounts& jobs) {
  Family now(out, "weir_jobs", "gauge", "Jobs in the engine by where they are.");
  now.add(engine.jobs_waiting, R"(state="waiting")");
  now.add(engine.jobs_running, R"(state="running")");
  now.add(engine.jobs_finished, R"(state="finished")");
  add_one(out, "weir_jobs_submitted_total", "counter", "Jobs taken since the process began.",
          jobs.submitted());
  Family ended(out, "weir_jobs_ended_total", "counter", "Jobs ended since the process began.");
  for (const auto name : base::enum_names<model::JobState>()) {
    const auto state = base::enum_from<model::JobState>(name);
    if (!model::is_terminal(*state)) continue;
    ended.add(jobs.ended(*state), fmt::format("state=\"{}\"", name));
  }
}

void add_core(std::string& out, const EngineMetrics& engine, const CoreStatistics& core) {
  add_one(out, "weir_steps_total", "counter", "Inputs the engine has taken.", core.steps);
  add_one(out, "weir_inputs_waiting", "gauge", "Inputs the engine has yet to take.",
          core.inputs_waiting);
  add_one(out, "weir_journal_sequence", "gauge", "The last row the engine knows of.",
          engine.sequence);
  add_one(out, "weir_journal_rows_total", "counter", "Rows made durable.", core.rows);
  add_one(out, "weir_journal_commits_total", "counter", "Groups of rows made durable.",
          core.commits);
  add_histogram(out, "weir_journal_commit_seconds", "How long a group took to become durable.",
                core.commit_seconds);
}

using SiteFigure = std::uint64_t (*)(const model::SiteView&);

void add_sites(std::string& out, const std::vector<model::SiteView>& sites) {
  struct Row {
    std::string_view name;
    std::string_view help;
    SiteFigure figure;
  };
  static constexpr std::array rows{
      Row{"weir_site_in_touch", "1 while the site is heard of within its lease.",
          [](const model::SiteView& site) -> std::uint64_t { return site.in_touch ? 1 : 0; }},
      Row{"weir_site_nodes", "Nodes of the site.",
          [](const model::SiteView& site) -> std::uint64_t { return site.nodes; }},
      Row{"weir_site_cpus", "Processors jobs may be given.",
          [](const model::SiteView& site) -> std::uint64_t { return site.cpus; }},
      Row{"weir_site_cpus_free", "Of them, those no job holds.",
          [](const model::SiteView& site) -> std::uint64_t { return site.cpus_free; }},
      Row{"weir_site_memory_bytes", "Memory jobs may be given.",
          [](const model::SiteView& site) {
            return static_cast<std::uint64_t>(site.memory_bytes);
          }},
      Row{"weir_site_memory_free_bytes", "Of it, what no job holds.",
          [](const model::SiteView& site) {
            return static_cast<std::uint64_t>(site.memory_bytes_free);
          }},
      Row{"weir_site_devices", "Accelerators of the site.",
          [](const model::SiteView& site) -> std::uint64_t { return site.devices; }},
      Row{"weir_site_devices_free", "Of them, those no job holds.",
          [](const model::SiteView& site) -> std::uint64_t { return site.devices_free; }},
      Row{"weir_site_attempts_running", "Attempts placed on the site that have not ended.",
          [](const model::SiteView& site) -> std::uint64_t { return site.running; }},
  };
  for (const Row& row : rows) {
    Family family(out, row.name, "gauge", row.help);
    for (const model::SiteView& site : sites) {
      family.add(row.figure(site), fmt::format("site=\"{}\"", label_value(site.name)));
    }
  }
  Family heard(out, "weir_site_heard_timestamp_seconds", "gauge", "When the site was last heard.");
  for (const model::SiteView& site : sites) {
    if (!site.heard) continue;
    heard.add(static_cast<double>(base::to_us(*site.heard)) / us_per_s,
              fmt::format("site=\"{}\"", label_value(site.name)));
  }
}

void add_requests_of(Family& family, const RequestCounts& requests, const Route* route) {
  const RequestCounts::OfRoute counts = requests.of(route);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const unsigned status = RequestCounts::statuses[i];
    family.add(counts[i], fmt::format("method=\"{}\",route=\"{}\",status=\"{}\"",
                                      route == nullptr ? "other" : route->method,
                                      route == nullptr ? "none" : route->path,
                                      status == 0 ? "other" : std::to_string(status)));
  }
}

void add_requests(std::string& out, const RequestCounts& requests, std::span<const Route> routes) {
  Family family(out, "weir_http_requests_total", "counter", "Requests answered.");
  for (const Route& route : routes) add_requests_of(family, requests, &route);
  add_requests_of(family, requests, nullptr);
  add_histogram(out, "weir_http_request_duration_seconds",
                "From the whole request to its answer; streams are left out.",
                requests.durations());
}

void add_server(std::string& out, const http::HttpServerStatistics& http) {
  add_one(out, "weir_http_connections_open", "gauge", "Connections.", http.connections_open);
  add_one(out, "weir_http_connections_accepted_total", "counter", "Connections taken.",
          http.connections_accepted);
  add_one(out, "weir_http_connections_refused_total", "counter", "Connections over the limit.",
          http.connections_refused);
  add_one(out, "weir_http_malformed_requests_total", "counter",
          "Requests that broke HTTP or a limit.", http.requests_refused);
  add_one(out, "weir_http_timeouts_total", "counter", "Connections ended for being slow or silent.",
          http.timeouts);
  add_one(out, "weir_http_streams_open", "gauge", "Streams of events.", http.streams_open);
  add_one(out, "weir_http_streams_cut_total", "counter", "Streams ended for a slow reader.",
          http.streams_cut);
  add_one(out, "weir_http_handler_failures_total", "counter",
          "Requests a mistake of ours answered.", http.handler_failures);
  add_one(out, "weir_http_received_bytes_total", "counter", "Bytes from clients.",
          http.bytes_received);
  add_one(out, "weir_http_sent_bytes_total", "counter", "Bytes to clients.", http.bytes_sent);
}

void add_process(std::string& out) {
  const ProcessFigures process = process_figures();
  const auto add = [&](std::string_view name, std::string_view type, std::string_view help,
                       std::optional<double> value) {
    if (value) add_one(out, name, type, help, *value);
  };
  add("process_cpu_seconds_total", "counter", "Processor time used.", process.cpu_s);
  add("process_start_time_seconds", "gauge", "When the process began.", process.start_time_s);
  add("process_resident_memory_bytes", "gauge", "Memory in use.", process.resident_bytes);
  add("process_virtual_memory_bytes", "gauge", "Addresses in use.", process.virtual_bytes);
  add("process_open_fds", "gauge", "Open files.", process.open_files);
  add("process_max_fds", "gauge", "Files that may be open.", process.files_max);
}

}  // namespace

void JobCounts::take(DurableRows rows) {
  std::uint64_t submitted = 0;
  for (const auto& row : rows) {
    for (const model::Fact& fact : row->facts) {
      if (std::holds_alternative<model::JobSubmitted>(fact)) ++submitted;
      const auto* ended = std::get_if<model::JobEnded>(&fact);
      if (ended == nullptr) continue;
      ended_.at(static_cast<std::size_t>(ended->state)).fetch_add(1, std::memory_order_relaxed);
    }
  }
  submitted_.fetch_add(submitted, std::memory_order_relaxed);
}

EngineMetrics engine_metrics(const engine::Engine& engine) {
  EngineMetrics metrics;
  metrics.sequence = engine.state().sequence;
  std::uint64_t active = 0;
  for (const auto& [tenant, jobs] : engine.index().active_by_tenant) active += jobs.size();
  metrics.jobs_running = engine.index().running_jobs.size();
  metrics.jobs_waiting = active - std::min<std::uint64_t>(active, metrics.jobs_running);
  metrics.jobs_finished = engine.index().finished_jobs.size();
  metrics.sites = engine::list_sites(engine);
  return metrics;
}

std::string metrics_text(const MetricsSources& sources) {
  std::string out;
  Family(out, "weir_build_info", "gauge", "The program that answers.")
      .add(1, fmt::format("version=\"{}\"", label_value(sources.version)));
  add_jobs(out, sources.engine, sources.jobs);
  add_core(out, sources.engine, sources.core);
  add_sites(out, sources.engine.sites);
  add_requests(out, sources.requests, sources.routes);
  if (sources.http != nullptr) add_server(out, *sources.http);
  add_process(out);
  return out;
}

}  // namespace weir::gateway
