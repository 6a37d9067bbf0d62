// sim: the same engine on a scenario, under a virtual clock. Talks to no server.
#include <cstdio>

#include "app/sim.h"
#include "base/json.h"
#include "base/money.h"
#include "base/quantity.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace weir::cli {

namespace {

using twin::Figures;

std::string number(double value, int digits) {
  char text[64];
  (void)std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string count(std::uint64_t value) { return std::to_string(value); }

std::string time(base::Duration duration) {
  return base::format_duration(std::chrono::floor<std::chrono::milliseconds>(duration));
}

std::string share(const std::optional<double>& value) {
  return value ? number(*value * 100, 2) + "%" : "unknown";
}

void print_spreads(const Figures& figures) {
  Table table({"OVER JOBS", "MEAN", "MEDIAN", "P95", "P99", "MAX"});
  const auto times = [&](const char* name, const twin::DurationSpread& spread) {
    if (spread.count == 0) return;
    table.add({name, time(spread.mean_s), time(spread.median_s), time(spread.p95_s),
               time(spread.p99_s), time(spread.max_s)});
  };
  const auto ratios = [&](const char* name, const twin::RatioSpread& spread) {
    if (spread.count == 0) return;
    table.add({name, number(spread.mean, 2), number(spread.median, 2), number(spread.p95, 2),
               number(spread.p99, 2), number(spread.max, 2)});
  };
  times("wait", figures.wait);
  times("completion", figures.completion);
  ratios("slowdown", figures.slowdown);
  ratios("bounded slowdown", figures.bounded_slowdown);
  if (!table.empty()) table.print();
}

void print_jobs(const Figures& figures) {
  const twin::JobCounts& jobs = figures.jobs;
  std::string line = count(jobs.submitted) + " jobs came in: " + count(jobs.ended) + " ended";
  const char* before = " (";
  for (const auto& [state, many] : jobs.by_state) {
    line += before + count(many) + " " + state;
    before = ", ";
  }
  if (!jobs.by_state.empty()) line += ")";
  line += ", " + count(jobs.running) + " run, " + count(jobs.waiting) + " wait";
  if (jobs.refused > 0) line += "; " + count(jobs.refused) + " more can never run here";
  std::printf("%s\n", line.c_str());
  std::printf("%s from the first submission to the last end\n", time(figures.makespan_s).c_str());
}

void print_figures(const Figures& figures) {
  std::printf("%s, seed %s: order %s, backfill %s, placing %s, choice %s\n",
              figures.scenario.c_str(), count(figures.seed).c_str(),
              std::string(base::enum_name(figures.policy.order)).c_str(),
              std::string(base::enum_name(figures.policy.backfill)).c_str(),
              std::string(base::enum_name(figures.policy.placing)).c_str(),
              std::string(base::enum_name(figures.policy.choice)).c_str());
  print_jobs(figures);
  std::printf("\n");
  print_spreads(figures);
  std::printf("\n");
  Table resources({"RESOURCE", "THERE", "ALLOCATED", "WHILE ANY WAITED", "BUSY", "WORK"});
  for (const twin::ResourceFigures& row : figures.resources) {
    resources.add({row.name, count(static_cast<std::uint64_t>(row.total)), share(row.allocated),
                   share(row.allocated_while_waiting), share(row.busy), share(row.work)});
  }
  resources.print();
  std::printf("\n");
  Table tenants({"TENANT", "JOBS", "WAIT MEAN", "WAIT P95", "SLOWDOWN", "DEVICE-HOURS", "CPU-HOURS",
                 "SHARE"});
  for (const twin::TenantFigures& row : figures.tenants) {
    tenants.add({row.tenant, count(row.jobs), time(row.wait.mean_s), time(row.wait.p95_s),
                 number(row.bounded_slowdown.mean, 2), number(row.device_hours, 1),
                 number(row.cpu_hours, 1), share(row.share)});
  }
  if (!tenants.empty()) tenants.print();
  std::printf("\n");
  Table sites({"SITE", "NODES", "DEVICES", "CPUS", "ATTEMPTS", "LOST", "FAULTS"});
  for (const twin::SiteFigures& row : figures.sites) {
    sites.add({row.site, count(row.nodes), count(row.devices), count(row.cpus), count(row.attempts),
               count(row.attempts_lost), count(row.site_faults + row.node_faults)});
  }
  sites.print();
  if (figures.footprint) {
    std::printf("\nenergy: %s\n", footprint_text(*figures.footprint).c_str());
  }
  if (const auto& data = figures.data) {
    std::printf("\ndata between sites: %s in %s transfers, for %s\n",
                base::format_bytes(data->wan_bytes).c_str(), count(data->transfers).c_str(),
                base::format_money(data->micro_cny).c_str());
  }
  std::printf("\n%s steps of the engine, %s facts, fingerprint %s\n",
              count(figures.engine_steps).c_str(), count(figures.facts).c_str(),
              figures.fingerprint.substr(0, 16).c_str());
}

// No row of a trace is dropped in silence.
void tell_of_rows(const twin::traces::RowReport& rows) {
  for (const auto& [what, many] : rows.notes) {
    std::fprintf(stderr, "%s rows: %s\n", count(many).c_str(), what.c_str());
  }
  if (rows.malformed_rows == 0) return;
  std::fprintf(stderr, "%s of %s rows are malformed and gave no job:\n",
               count(rows.malformed_rows).c_str(), count(rows.rows).c_str());
  constexpr std::size_t shown_most = 5;
  for (std::size_t i = 0; i < rows.malformed.size() && i < shown_most; ++i) {
    const twin::traces::MalformedRow& row = rows.malformed[i];
    std::fprintf(stderr, "  line %s: %s%s%s\n", count(row.line).c_str(), row.field.c_str(),
                 row.field.empty() ? "" : ": ", row.why.c_str());
  }
}

// Reads them all; tells of every problem in any of them.
std::optional<std::vector<twin::Scenario>> read_all(const std::vector<std::string>& paths) {
  std::vector<twin::Scenario> scenarios;
  bool good = true;
  for (const std::string& path : paths) {
    app::ScenarioReading reading = app::read_scenario(path);
    for (const base::Error& problem : reading.problems) {
      std::fprintf(stderr, "weir: %s\n", problem.text().c_str());
      good = false;
    }
    scenarios.push_back(std::move(reading.scenario));
  }
  if (!good) return std::nullopt;
  return scenarios;
}

std::string with_interval(const twin::Difference& difference) {
  std::string text = (difference.mean > 0 ? "+" : "") + number(difference.mean, 3);
  if (difference.half_width) text += " ± " + number(*difference.half_width, 3);
  return text;
}

void print_comparison(const twin::Comparison& comparison) {
  std::vector<std::string> headings{"METRIC", "UNIT"};
  for (const twin::ScenarioMean& mean : comparison.metrics.front().scenarios) {
    headings.push_back(mean.scenario);
    if (mean.against_first) headings.emplace_back("AGAINST THE FIRST");
  }
  Table table(headings);
  for (const twin::MetricComparison& metric : comparison.metrics) {
    std::vector<std::string> cells{metric.metric, metric.unit};
    for (const twin::ScenarioMean& mean : metric.scenarios) {
      cells.push_back(number(mean.mean, 3));
      if (mean.against_first) cells.push_back(with_interval(*mean.against_first));
    }
    table.add(cells);
  }
  table.print();
  std::printf(
      "\nmeans over %s; differences are seed by seed on the same work, ± %s\n",
      comparison.seeds == 1 ? "one seed" : (count(comparison.seeds) + " seeds").c_str(),
      comparison.seeds == 1 ? "needs two seeds at least" : "the 95% interval of a paired t");
}

}  // namespace

int verb_sim(const Common& common, const SimFlags& flags) {
  const auto scenarios = read_all({flags.scenarios.front()});
  if (!scenarios) return exit_usage;
  twin::Scenario scenario = scenarios->front();
  if (flags.seed) scenario.seed = *flags.seed;
  base::Result<app::SimRun> run = [&] {
    ProgressBar bar("simulating");
    return app::run_sim(scenario, {flags.out_folder, flags.journal_folder},
                        [&](std::uint64_t done, std::uint64_t total) { bar.show(done, total); });
  }();
  if (!run) return complain(run.error());
  tell_of_rows(run->rows);
  if (common.format == Format::json) {
    std::printf("%s\n", base::to_json(run->figures).c_str());
    return 0;
  }
  print_figures(run->figures);
  // Of this machine and this moment, unlike all the rest: kept apart from what is repeatable.
  const double jobs = static_cast<double>(run->figures.jobs.submitted);
  std::fprintf(stderr, "%.2f CPU seconds, %.0f jobs per CPU second\n", run->cpu_s,
               run->cpu_s > 0 ? jobs / run->cpu_s : 0.0);
  return 0;
}

int verb_sim_compare(const Common& common, const SimFlags& flags) {
  const auto scenarios = read_all(flags.scenarios);
  if (!scenarios) return exit_usage;
  base::Result<twin::Comparison> comparison = [&] {
    ProgressBar bar("simulating");
    return app::compare_sims(
        *scenarios, flags.seeds, flags.out_folder,
        [&](std::uint64_t done, std::uint64_t total) { bar.show(done, total); });
  }();
  if (!comparison) return complain(comparison.error());
  if (common.format == Format::json) {
    std::printf("%s\n", base::to_json(*comparison).c_str());
    return 0;
  }
  print_comparison(*comparison);
  return 0;
}

}  // namespace weir::cli
