// What would happen if: a copy of a data folder's journal, a change, and both futures side by side.
//
// Nothing live is touched: the journal is copied into a folder of its own and read there, whether
// its server runs or not; the copy is gone afterwards.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/expectations.h"
#include "model/ids.h"
#include "model/policy.h"

namespace weir::app {

struct WhatIfOptions {
  std::string data_folder;
  std::optional<std::uint64_t> sequence;  // of the row after which to ask; none: the last
  std::optional<model::OrderRule> order;
  std::optional<model::BackfillRule> backfill;
  std::optional<model::PlacingRule> placing;
  std::optional<model::ChoiceRule> choice;
  std::vector<std::string> job_files;
  std::vector<std::string> without_sites;
  std::optional<engine::RunTimes> run_times;
  std::vector<std::string> nodes;  // "north:4x{cpus: 64, memory: 512GiB, devices: nvidia-a100:8}"
};

struct WhatIfRow {
  model::JobId job;
  std::string name;
  std::string tenant;
  bool added = false;
  std::optional<base::Time> start;          // as things are; none: not to be said
  std::optional<base::Time> start_changed;  // with the change
};
WEIR_DESCRIBE(WhatIfRow, job, name, tenant, added, start, start_changed)

struct WhatIf {
  std::uint64_t sequence = 0;
  engine::RunTimes run_times = engine::RunTimes::expected;
  base::Time now;               // of that row
  std::vector<WhatIfRow> jobs;  // all that waited then, and those added, by id
};
WEIR_DESCRIBE(WhatIf, sequence, run_times, now, jobs)

// Fails: not_found (journal, row, site, file); invalid (job file, nodes); refused (a job that fits
//        nowhere); input_output.
[[nodiscard]] base::Result<WhatIf> what_if(const WhatIfOptions& options);

enum class ForecastKind : std::uint8_t {
  laid_out,  // as `ls`, `show` and `explain` say: the queue laid out on what runs
  played     // as `what-if` says: the engine's own decisions, in a fork
};
WEIR_DESCRIBE_ENUM(ForecastKind, laid_out, played)

// How far one kind of forecast was off.
struct ForecastError {
  ForecastKind forecast = ForecastKind::laid_out;
  engine::RunTimes run_times = engine::RunTimes::limits;
  std::uint64_t unknown = 0;  // no start could be said
  std::uint64_t compared = 0;
  base::Duration median_s{};  // of the absolute difference
  base::Duration p90_s{};
  base::Duration max_s{};
  std::uint64_t earlier = 0;  // started before it was expected
  std::uint64_t later = 0;
};
WEIR_DESCRIBE(ForecastError, forecast, run_times, unknown, compared, median_s, p90_s, max_s,
              earlier, later)

// How good forecasts were: for each job of the journal that had to wait, the start that was
// expected when it was submitted against the one that came.
struct ForecastCheck {
  std::uint64_t jobs = 0;          // submitted
  std::uint64_t at_once = 0;       // placed in the step of their submission
  std::uint64_t unfinished = 0;    // waited, and had not started at the end of the journal
  base::Duration wait_median_s{};  // of those that waited and started
  std::vector<ForecastError> errors;
};
WEIR_DESCRIBE(ForecastCheck, jobs, at_once, unfinished, wait_median_s, errors)

// Fails: as what_if.
[[nodiscard]] base::Result<ForecastCheck> check_forecasts(
    const std::string& data_folder,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress);

}  // namespace weir::app
