// Runs of the twin from files: scenarios in, figures and files out.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "twin/comparison.h"
#include "twin/figures.h"
#include "twin/scenario.h"
#include "twin/traces/reading.h"

namespace weir::app {

using SimProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct ScenarioReading {
  twin::Scenario scenario;            // of no use where there are problems
  std::vector<base::Error> problems;  // all there are, in the order of the text
};
[[nodiscard]] ScenarioReading read_scenario(const std::string& path);

struct SimRun {
  twin::Figures figures;
  twin::traces::RowReport rows;  // of a trace
  double cpu_s = 0;              // of this process, for the run without reading its work
};

// Where a run leaves what came of it; "": nowhere. Folders are made if they are not there.
struct SimFolders {
  std::string out;      // `figures.json`, `page.html` and, job by job, `jobs.csv`
  std::string journal;  // a journal of its own, as a server's data folder has one
};
// Fails: input_output; refused, where the journal's folder holds a journal already; as readers of
//        traces do.
[[nodiscard]] base::Result<SimRun> run_sim(const twin::Scenario& scenario,
                                           const SimFolders& folders, const SimProgress& progress);

// All scenarios with each of `seeds` seeds, from the first scenario's on. With a folder: writes
// `comparison.json` and, of the first seed's runs, `page.html` into it.
// Requires: two scenarios at least. Fails: invalid, where their work is not the same; as run_sim.
[[nodiscard]] base::Result<twin::Comparison> compare_sims(
    const std::vector<twin::Scenario>& scenarios, std::uint32_t seeds, const std::string& folder,
    const SimProgress& progress);

}  // namespace weir::app
