// Work made up from a seed: who submits what when, on whole numbers alone (twin/draw.h).
//
// Arrivals come by chance at a rate that follows the hour of the day; each job is of one of a few
// kinds; run times spread over orders of magnitude between two ends; users ask for more time than
// they need. Close enough to real clusters to stress a scheduler, and not a model of any of them:
// for findings, take a trace.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "base/quantity.h"
#include "base/random.h"
#include "model/job_file.h"
#include "twin/workload.h"

namespace weir::twin {

// "10m" or "10m..8h".
struct DurationRange {
  base::Duration least{};
  base::Duration most{};

  friend bool operator==(const DurationRange&, const DurationRange&) = default;
};
base::Result<DurationRange> read_value(const base::Document& document,
                                       std::type_identity<DurationRange>);
std::string text_of(const DurationRange& range);
std::string schema_of(std::type_identity<DurationRange>);

// What some of the jobs are like. Resources are those of one node of its gang.
struct JobMix {
  std::uint32_t weight = 1;  // how many of all jobs, beside the weights of the other kinds
  std::string name = "job";
  std::uint32_t nodes = 1;
  std::uint32_t cpus = 1;
  model::MemoryForm memory;
  std::optional<model::DevicesForm> devices;  // at most one model
  std::vector<std::string> also_on;           // other models that do, as many of them
  std::int32_t priority = 50;
  // On `devices`; on others by the scenario's throughputs.
  DurationRange run_time{std::chrono::minutes(1), std::chrono::hours(8)};
};
WEIR_DESCRIBE(JobMix, weight, name, nodes, cpus, memory, devices, also_on, priority, run_time)

struct SyntheticForm {
  std::uint32_t jobs = 1000;
  base::Duration every = std::chrono::minutes(1);  // mean time between two submissions
  std::vector<std::uint32_t> day_curve;            // 24 weights, from midnight; none: a flat day
  std::map<std::string, std::uint32_t> tenants;    // and their weights; none: one, "default"
  std::vector<JobMix> mix;                         // none: one kind, as it stands above
  // The time limit, in hundredths of the run time; 0: no job has a limit.
  base::Range limit_percent{100, 100};
};
WEIR_DESCRIBE(SyntheticForm, jobs, every, day_curve, tenants, mix, limit_percent)

// What is wrong with its values, with the field ("mix[1].nodes"); none: nothing.
[[nodiscard]] base::Status check(const SyntheticForm& form);

// Requires: check() found nothing.
[[nodiscard]] Workload make_workload(const SyntheticForm& form, base::Random random);

}  // namespace weir::twin
