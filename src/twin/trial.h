// One run of a scenario, from the first submission to the figures.
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "engine/engine.h"
#include "journal/row.h"
#include "twin/figures.h"
#include "twin/record.h"
#include "twin/scenario.h"
#include "twin/traces/reading.h"
#include "twin/workload.h"

namespace weir::twin {

struct TrialHooks {
  // Told now and then how many jobs of how many have ended.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
  // Told of each job that came in, as it ends; those that have not ended, when the run is over.
  std::function<void(const JobOutcome&, const TraceJob&)> job;
  // Told that the engine is about to take a step.
  std::function<void()> before_step;
  // Told of each step, once it was taken.
  std::function<void(base::Time now, const model::Input&, const engine::Step&,
                     const engine::Engine&)>
      step;
  // The run is over as soon as this is true; asked after each step.
  std::function<bool()> enough;
  // Told of each row that a journal of this run has.
  std::function<void(const journal::Row&)> row;
  // False: no rows are made, and the figures have no fingerprint.
  bool fingerprint = true;
};

struct LoadedWork {
  Workload jobs;
  traces::RowReport report;  // of a trace: how its rows fared
};
// The work of the scenario; a trace's file is looked for as it stands there.
// Fails: as twin/traces/read_trace.h.
[[nodiscard]] base::Result<LoadedWork> load_work(const Scenario& scenario);

// Requires: the scenario was read by parse_scenario, and `workload` is its own or another's.
// Ensures:  the same scenario, workload and build of the engine's rules give the same figures, with
//           the same fingerprint, on every machine and compiler.
[[nodiscard]] Figures run_trial(const Scenario& scenario, const Workload& workload,
                                const TrialHooks& hooks = {});

}  // namespace weir::twin
