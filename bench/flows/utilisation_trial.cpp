#include "bench/flows/utilisation_trial.h"

#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <variant>

#include "base/check.h"
#include "base/random.h"
#include "bench/figure.h"
#include "engine/forecast.h"

namespace weir::flows {

namespace {

// "VmHWM:    1234 kB" of this process.
std::int64_t memory_bytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    std::int64_t kib = 0;
    if (word == field && status >> kib) return kib * 1024;
  }
  return 0;
}

// Measures from now on how much memory this process holds at most.
std::int64_t begin_peak() {
  (void)malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
  return memory_bytes("VmRSS:");
}

// Listens to a run.
class Listener {
 public:
  explicit Listener(Measured& measured) : measured_(measured) {}

  void before() { began_ = bench::cpu_seconds(); }
  void step(Time now, const engine::Step& step, const engine::Engine& engine) {
    measured_.step_us.push_back(static_cast<float>((bench::cpu_seconds() - began_) * 1e6));
    for (const model::Fact& fact : step.facts) {
      if (const auto* promise = std::get_if<model::JobPromised>(&fact)) {
        promises_.try_emplace(promise->job, Told{now, promise->start, {}});
      } else if (const auto* placed = std::get_if<model::TaskPlaced>(&fact)) {
        came(promises_, placed->attempt.job, now, measured_.promises);
        came(forecasts_, placed->attempt.job, now, measured_.forecasts);
        std::int64_t devices = 0;
        for (const model::RankPlacement& rank : placed->ranks) devices += rank.devices_milli();
        held_[placed->attempt] = devices / 1000;
        measured_.held.push_back({now, devices / 1000});
      } else if (const auto* ended = std::get_if<model::AttemptEnded>(&fact)) {
        const auto at = held_.find(ended->attempt);
        WEIR_CHECK(at != held_.end(), "what ends was placed");
        measured_.held.push_back({now, -at->second});
        held_.erase(at);
      }
    }
    if (measured_.step_us.size() % steps_between_draws == 0) draw(now, engine);
  }

 private:
  static constexpr std::size_t steps_between_draws = 500;
  using Open = std::map<model::JobId, Told>;

  static void came(Open& open, model::JobId job, Time now, std::vector<Told>& told) {
    const auto at = open.find(job);
    if (at == open.end()) return;
    told.push_back({at->second.at, at->second.start, now});
    open.erase(at);
  }

  // Asks when one of those that wait is expected to start.
  void draw(Time now, const engine::Engine& engine) {
    const auto waiting =
        engine::waiting_in_turn(engine.index(), engine::QueueForecast::jobs_played);
    if (waiting.empty()) return;
    const model::JobId job = waiting[random_.below(waiting.size())];
    const auto answer = engine::QueueForecast(engine, now).of(job);
    if (answer.played && answer.start && answer.start->time) {
      forecasts_.try_emplace(job, Told{now, *answer.start->time, {}});
    }
  }

  Measured& measured_;
  double began_ = 0;
  base::Random random_{1};
  std::map<model::AttemptKey, std::int64_t> held_;
  Open promises_;
  Open forecasts_;
};

}  // namespace

Measured measure(const twin::Scenario& scenario, const twin::Workload& work) {
  Measured measured;
  measured.jobs.reserve(work.jobs.size());
  measured.step_us.reserve(4 * work.jobs.size());
  const std::int64_t before = begin_peak();
  const double began = bench::cpu_seconds();
  Listener listener(measured);
  twin::TrialHooks hooks;
  hooks.fingerprint = false;
  hooks.before_step = [&] { listener.before(); };
  hooks.step = [&](Time now, const model::Input&, const engine::Step& step,
                   const engine::Engine& engine) { listener.step(now, step, engine); };
  hooks.job = [&](const twin::JobOutcome& job, const twin::TraceJob& row) {
    if (!job.started || !job.ended) return;
    measured.jobs.push_back({job.submitted, *job.started - start_latency, *job.ended, row.run_time,
                             row.time_limit.value_or(row.run_time), job.devices_milli / 1000});
  };
  const twin::Figures figures = twin::run_trial(scenario, work, hooks);
  measured.cpu_seconds = bench::cpu_seconds() - began;
  measured.peak_bytes = memory_bytes("VmHWM:") - before;
  measured.refused = figures.jobs.refused;
  measured.devices = figures.resources.front().total;
  measured.busy_hours = figures.resources.front().busy_hours;
  return measured;
}

}  // namespace weir::flows
