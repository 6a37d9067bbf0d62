// Demand response: a site of 256 devices is asked for a quarter less for three hours at a busy
// time.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>

#include "base/check.h"
#include "bench/flows/rows.h"
#include "twin/trial.h"

namespace weir::flows {

namespace {

// As in Emerald's trial in Phoenix: 256 devices, a quarter less for three hours. The work is made
// up: a thousand jobs of 1 to 8 devices that come faster than they are done for a while.
std::string scenario_text(bool pausable, bool asked) {
  return std::string(R"(
name: phoenix
seed: 7
sites:
  - name: phoenix
    start_latency: 20s
    restart_latency: 1m
    stop_latency: 20s
    pools: [{count: 32, cpus: 128, memory: 1TiB, devices: nvidia-a100:8}]
policy: {order: fair, backfill: conservative}
workload:
  checkpoint_every: 10m
  deadline_times: 5
  pausable: )") +
         (pausable ? "true" : "false") + R"(
  synthetic:
    jobs: 1000
    every: 85s
    limit_percent: 110..160
    mix:
      - {name: one, cpus: 8, memory: 32GiB, devices: nvidia-a100:1, run_time: 30m..6h}
      - {name: two, cpus: 16, memory: 64GiB, devices: nvidia-a100:2, run_time: 30m..6h}
      - {name: four, cpus: 32, memory: 128GiB, devices: nvidia-a100:4, run_time: 30m..6h}
      - {name: eight, cpus: 64, memory: 256GiB, devices: nvidia-a100:8, run_time: 30m..6h}
power:
  sites:
    - told:
        site: phoenix
        pue_milli: 1200
        cpu_draw_mw: 2000
        devices: [{device_model: nvidia-a100, draw_mw: 400000}]
)" + (asked ? "  requests: [{site: phoenix, percent: 25, from: 12h, lasts: 3h}]\n" : "");
}

struct Job {
  double completion = 0;  // hours
  bool kept = false;      // done by its deadline
};

struct Run {
  twin::Figures figures;
  std::map<std::uint64_t, Job> jobs;  // by their rows
  double answer_ms = 0;
};

Run run(bool pausable, bool asked) {
  auto scenario = twin::parse_scenario(scenario_text(pausable, asked), "phoenix.yaml");
  WEIR_CHECK(scenario.has_value(), "the scenario is one");
  const auto read = twin::read_files(*scenario);
  WEIR_CHECK(read.has_value(), "it names no files");
  const auto work = twin::load_work(*scenario);
  WEIR_CHECK(work.has_value(), "its work is made up");
  Run out;
  twin::TrialHooks hooks;
  hooks.fingerprint = false;
  hooks.job = [&](const twin::JobOutcome& job, const twin::TraceJob& row) {
    if (!job.ended) return;
    const double hours = static_cast<double>((*job.ended - job.submitted).count()) / 3.6e9;
    const bool done = job.state == model::JobState::succeeded;
    const double deadline =
        static_cast<double>(row.time_limit->count()) / 3.6e9 * *scenario->workload.deadline_times;
    out.jobs[row.number] = {hours, done && hours <= deadline};
  };
  auto before = std::chrono::steady_clock::now();
  hooks.step = [&](Time, const model::Input& input, const engine::Step&, const engine::Engine&) {
    const auto now = std::chrono::steady_clock::now();
    if (std::holds_alternative<model::RequestPower>(input)) {
      out.answer_ms = std::chrono::duration<double, std::milli>(now - before).count();
    }
    before = now;
  };
  out.figures = twin::run_trial(*scenario, work->jobs, hooks);
  return out;
}

double mean_completion(const Run& run) {
  double sum = 0;
  for (const auto& [row, job] : run.jobs) sum += job.completion;
  return sum / static_cast<double>(std::max<std::size_t>(run.jobs.size(), 1));
}

// Of those that were kept without the request.
std::size_t newly_missed(const Run& free, const Run& run) {
  std::size_t missed = 0;
  for (const auto& [row, job] : free.jobs) {
    const auto other = run.jobs.find(row);
    if (job.kept && (other == run.jobs.end() || !other->second.kept)) ++missed;
  }
  return missed;
}

double kilowatts(std::int64_t milliwatts) { return static_cast<double>(milliwatts) / 1e6; }

// What was drawn less than when it was asked, after the notice, in parts of 100 of what was asked.
double delivered_percent(const twin::PowerRequestFigures& request) {
  double less = 0;
  double time = 0;
  for (std::size_t i = 0; i < request.points.size(); ++i) {
    const twin::PowerPoint& point = request.points[i];
    const Duration end =
        i + 1 < request.points.size() ? request.points[i + 1].at_s : request.until_s;
    const auto length = static_cast<double>((end - point.at_s).count());
    less += length * static_cast<double>(request.draw_mw - point.delivered_mw);
    time += length;
  }
  return 100 * less / time / static_cast<double>(request.draw_mw);
}

Line steps(const std::string& name, const twin::PowerRequestFigures& request, bool committed) {
  Line line{name, {}};
  const auto minutes = [&](Duration at) {
    return static_cast<double>((at - request.from_s).count()) / 6e7;
  };
  std::optional<double> before;
  for (const twin::PowerPoint& point : request.points) {
    const double at = minutes(point.at_s);
    const double kw = kilowatts(committed ? point.committed_mw : point.delivered_mw);
    if (before) line.points.emplace_back(at, *before);
    line.points.emplace_back(at, kw);
    before = kw;
  }
  if (before) line.points.emplace_back(minutes(request.until_s), *before);
  return line;
}

std::vector<std::string> row(const char* name, const Run& run, const Run& free) {
  const twin::PowerFigures& power = *run.figures.power;
  const double change = 60 * (mean_completion(run) - mean_completion(free));
  std::vector<std::string> cells{name};
  if (power.requests.empty()) {
    cells.insert(cells.end(), {"-", "-", "-", "-"});
  } else {
    const twin::PowerRequestFigures& request = power.requests.front();
    const double asked = kilowatts(request.draw_mw - request.target_mw);
    cells.push_back(digits(asked - kilowatts(request.short_mw), 2) + " of " + digits(asked, 2));
    cells.push_back(digits(delivered_percent(request), 1) + "%");
    cells.push_back(digits(kilowatts(request.excess_mw), 2));
    cells.push_back(std::to_string(request.paused));
  }
  cells.push_back(std::to_string(power.deadlines_missed));
  cells.push_back(std::to_string(newly_missed(free, run)));
  cells.push_back(digits(mean_completion(run), 3));
  cells.push_back(digits(change, 2));
  return cells;
}

}  // namespace

void demand_response_rows(const std::string&, Page& page) {
  const Run free = run(true, false);
  const Run flexible = run(true, true);
  const Run waiting = run(false, true);
  const twin::PowerRequestFigures& request = flexible.figures.power->requests.front();
  Section section;
  section.title = "demand_response: a quarter less for three hours";
  section.text = {
      "256 devices, a thousand jobs of 1 to 8 of them, which write a checkpoint every ten minutes, "
      "ask for half a minute's notice and have a deadline at five times their time limit. After "
      "twelve hours, with the site full and work waiting, the operator asks for a quarter less for "
      "three hours, from that moment on. Draw is the model's. The setting is that of Emerald's "
      "trial in Phoenix (256 devices, 25% for 3 hours, arXiv 2507.00909); its work is not public, "
      "so that this is made up, and no figure of theirs is measured again.",
      "Beside it: the same request of a site that pauses nothing, and only begins nothing more."};
  section.head = {
      "",       "committed kW",          "mean less",         "most above it, kW", "paused",
      "missed", "of those kept without", "mean completion h", "later by min"};
  section.rows = {row("no request", free, free), row("Weir", flexible, free),
                  row("only delaying", waiting, free)};
  section.figures = {at_most("demand_response.excess", kilowatts(request.excess_mw), "kW", 0),
                     at_most("demand_response.short", kilowatts(request.short_mw), "kW", 0),
                     at_most("demand_response.deadlines_missed",
                             static_cast<double>(newly_missed(free, flexible)), "jobs", 0),
                     at_most("demand_response.time_to_answer", flexible.answer_ms, "ms", 30'000)};
  page.add(std::move(section));
  Plot plot{
      "A quarter less for three hours", "minutes since it was asked", "kW of the room", false, {}};
  plot.lines = {steps("committed", request, true), steps("delivered", request, false),
                steps("delivered, only delaying", waiting.figures.power->requests.front(), false)};
  page.add(std::move(plot));
}

}  // namespace weir::flows
