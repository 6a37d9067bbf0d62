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

// What a request committed a site to, and what it drew, from then on until the next point.
struct PowerPoint {
  base::Duration at_s{};  // since the run began
  std::int64_t committed_mw = 0;
  std::int64_t delivered_mw = 0;

  friend bool operator==(const PowerPoint&, const PowerPoint&) = default;
};
WEIR_DESCRIBE(PowerPoint, at_s, committed_mw, delivered_mw)

struct PowerRequestFigures {
  std::string site;
  base::Duration from_s{};  // since the run began
  base::Duration until_s{};
  std::int64_t draw_mw = 0;    // when it was asked
  std::int64_t target_mw = 0;  // that it asked for
  std::int64_t short_mw = 0;   // of that, as committed
  std::int64_t excess_mw = 0;  // the most that was drawn above what was committed; 0: never any
  std::uint64_t shrunk = 0;    // attempts
  std::uint64_t paused = 0;
  std::vector<PowerPoint> points;  // wherever one of the two changes, at most 4096

  friend bool operator==(const PowerRequestFigures&, const PowerRequestFigures&) = default;
};
WEIR_DESCRIBE(PowerRequestFigures, site, from_s, until_s, draw_mw, target_mw, short_mw, excess_mw,
              shrunk, paused, points)

struct SitePeak {
  std::string site;
  std::int64_t peak_mw = 0;

  friend bool operator==(const SitePeak&, const SitePeak&) = default;
};
WEIR_DESCRIBE(SitePeak, site, peak_mw)

// Power by the model, in milliwatts of the whole room.
struct PowerFigures {
  std::vector<SitePeak> peaks;  // of the sites of which something is told, by their ids
  std::uint64_t paused = 0;     // attempts, all over the run
  std::uint64_t deadlines = 0;  // jobs that have one and have ended
  std::uint64_t deadlines_missed = 0;
  std::vector<PowerRequestFigures> requests;

  friend bool operator==(const PowerFigures&, const PowerFigures&) = default;
};
WEIR_DESCRIBE(PowerFigures, peaks, paused, deadlines, deadlines_missed, requests)

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
  std::optional<PowerFigures> power;          // none: no energy was told of

  friend bool operator==(const Figures&, const Figures&) = default;
};
WEIR_DESCRIBE(Figures, scenario, seed, policy, fingerprint, jobs, wait, completion, slowdown,
              bounded_slowdown, makespan_s, resources, tenants, sites, series, engine_steps, facts,
              footprint, data, power)

// Sorts `values`. Cost: O(n log n).
[[nodiscard]] DurationSpread spread_of(std::vector<base::Duration>& values);
[[nodiscard]] RatioSpread spread_of(std::vector<double>& values);

}  // namespace weir::twin
