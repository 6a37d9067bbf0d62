// Every figure of one run of the twin, as plain described structs: terminal, JSON and page show
// these and nothing else.
//
// Utilisation is never one number: allocated (held by placements), busy (programs ran on it) and
// work (done against what was certified) stand apart, each a share of what was available. Missing
// is unknown, not zero. Percentiles are by nearest rank: a value that occurred, never one between.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "base/time.h"
#include "model/policy.h"
#include "model/power.h"

namespace weir::twin {

// How times are spread over `count` jobs. All zero where there is none.
struct DurationSpread {
  std::uint64_t count = 0;
  base::Duration mean_s{};  // rounded down to whole microseconds
  base::Duration median_s{};
  base::Duration p95_s{};
  base::Duration p99_s{};
  base::Duration max_s{};

  friend bool operator==(const DurationSpread&, const DurationSpread&) = default;
};
WEIR_DESCRIBE(DurationSpread, count, mean_s, median_s, p95_s, p99_s, max_s)

struct RatioSpread {
  std::uint64_t count = 0;
  double mean = 0;
  double median = 0;
  double p95 = 0;
  double p99 = 0;
  double max = 0;

  friend bool operator==(const RatioSpread&, const RatioSpread&) = default;
};
WEIR_DESCRIBE(RatioSpread, count, mean, median, p95, p99, max)

// submitted = ended + waiting + running; what was refused never came in.
struct JobCounts {
  std::uint64_t submitted = 0;
  std::uint64_t refused = 0;  // can never run on these sites
  std::uint64_t waiting = 0;  // at the end of the run
  std::uint64_t running = 0;
  std::uint64_t ended = 0;
  std::map<std::string, std::uint64_t> by_state;  // of those that ended: "succeeded", "timeout", …

  friend bool operator==(const JobCounts&, const JobCounts&) = default;
};
WEIR_DESCRIBE(JobCounts, submitted, refused, waiting, running, ended, by_state)

// One kind of resource over the whole run. Hours are resource-hours: two devices held for three
// hours are six. Shares are of what was available: all there is, from first submission to last end.
struct ResourceFigures {
  std::string name;  // "devices" or "cpus"
  std::int64_t total = 0;
  double available_hours = 0;
  double allocated_hours = 0;
  double busy_hours = 0;
  std::optional<double> allocated;  // none: there was nothing, or no time
  // Of the time in which somebody waited; none: nobody ever did.
  std::optional<double> allocated_while_waiting;
  std::optional<double> busy;
  std::optional<double> work;  // none: no throughput was certified

  friend bool operator==(const ResourceFigures&, const ResourceFigures&) = default;
};
WEIR_DESCRIBE(ResourceFigures, name, total, available_hours, allocated_hours, busy_hours, allocated,
              allocated_while_waiting, busy, work)

struct TenantFigures {
  std::string tenant;
  std::uint64_t jobs = 0;  // submitted
  std::uint64_t ended = 0;
  DurationSpread wait;
  RatioSpread bounded_slowdown;
  double device_hours = 0;  // allocated
  double cpu_hours = 0;
  double share = 0;  // of all device-hours allocated; of cpu-hours where there are no devices

  friend bool operator==(const TenantFigures&, const TenantFigures&) = default;
};
WEIR_DESCRIBE(TenantFigures, tenant, jobs, ended, wait, bounded_slowdown, device_hours, cpu_hours,
              share)

struct SiteFigures {
  std::string site;
  std::uint64_t nodes = 0;
  std::uint64_t devices = 0;
  std::uint64_t cpus = 0;
  std::uint64_t attempts = 0;       // placed there
  std::uint64_t attempts_lost = 0;  // to faults
  std::uint64_t site_faults = 0;
  std::uint64_t node_faults = 0;
  double device_hours = 0;  // allocated
  double cpu_hours = 0;

  friend bool operator==(const SiteFigures&, const SiteFigures&) = default;
};
WEIR_DESCRIBE(SiteFigures, site, nodes, devices, cpus, attempts, attempts_lost, site_faults,
              node_faults, device_hours, cpu_hours)

// What was so between `at_s` and the next point: means over that time, and the longest queue.
struct SeriesPoint {
  base::Duration at_s{};  // since the run began
  double waiting = 0;     // jobs
  std::uint64_t waiting_max = 0;
  double running = 0;  // attempts
  double devices = 0;  // allocated
  double cpus = 0;

  friend bool operator==(const SeriesPoint&, const SeriesPoint&) = default;
};
WEIR_DESCRIBE(SeriesPoint, at_s, waiting, waiting_max, running, devices, cpus)

// At most 1024 points of equal width; a longer run has wider ones (twin/series.h).
struct Series {
  base::Duration width_s{};
  std::vector<SeriesPoint> points;

  friend bool operator==(const Series&, const Series&) = default;
};
WEIR_DESCRIBE(Series, width_s, points)

// What moved between sites.
struct DataFigures {
  std::int64_t wan_bytes = 0;   // through a relay: on both links
  std::uint64_t transfers = 0;  // that arrived
  std::int64_t micro_cny = 0;   // of their links
  DurationSpread staging;       // of jobs whose data came first: from submission until it had
  DurationSpread fetching;      // of attempts that held devices meanwhile

  friend bool operator==(const DataFigures&, const DataFigures&) = default;
};
WEIR_DESCRIBE(DataFigures, wan_bytes, transfers, micro_cny, staging, fetching)

struct Figures {
  std::string scenario;
  std::uint64_t seed = 0;
  model::Policy policy;
  std::string fingerprint;  // the chain over every input and fact: the same run has the same
  JobCounts jobs;
  DurationSpread wait;           // submission to first start, of jobs that started
  DurationSpread completion;     // submission to end, of jobs that ended after a start
  RatioSpread slowdown;          // (wait + run) ÷ run; a run below a second counts as one
  RatioSpread bounded_slowdown;  // (wait + run) ÷ max(run, 10 s), at least 1
  base::Duration makespan_s{};   // first submission to last end
  std::vector<ResourceFigures> resources;
  std::vector<TenantFigures> tenants;  // by name
  std::vector<SiteFigures> sites;      // as the scenario lists them
  Series series;
  std::uint64_t engine_steps = 0;  // inputs taken
  std::uint64_t facts = 0;
  std::optional<model::Footprint> footprint;  // of all jobs that ended; none: no energy was told of
  std::optional<DataFigures> data;            // none: no job reads any

  friend bool operator==(const Figures&, const Figures&) = default;
};
WEIR_DESCRIBE(Figures, scenario, seed, policy, fingerprint, jobs, wait, completion, slowdown,
              bounded_slowdown, makespan_s, resources, tenants, sites, series, engine_steps, facts,
              footprint, data)

// Sorts `values`. Cost: O(n log n).
[[nodiscard]] DurationSpread spread_of(std::vector<base::Duration>& values);
[[nodiscard]] RatioSpread spread_of(std::vector<double>& values);

}  // namespace weir::twin
