// What the page shows of single jobs, in a bounded size however many there were.
//
// Nothing is left out in silence: what stands for many says for how many. The curve of waiting is
// exact at each of its points; the load of sites is of all jobs; only the largest jobs are drawn
// one by one, and the sketch says what part of all work they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "base/time.h"
#include "twin/figures.h"
#include "twin/record.h"
#include "twin/workload.h"

namespace weir::twin::page {

// `share` of the jobs that started had waited `wait_s` or less when they did.
struct WaitPoint {
  double share = 0;
  base::Duration wait_s{};

  friend bool operator==(const WaitPoint&, const WaitPoint&) = default;
};
WEIR_DESCRIBE(WaitPoint, share, wait_s)

// How much of a site, or of several small ones together, jobs held: means over equal times.
struct SiteLoad {
  std::string site;  // "" where it stands for several
  std::uint64_t sites = 1;
  std::string resource;  // "devices", or "cpus" where the site has no devices
  std::int64_t total = 0;
  std::vector<double> share;

  friend bool operator==(const SiteLoad&, const SiteLoad&) = default;
};
WEIR_DESCRIBE(SiteLoad, site, sites, resource, total, share)

// One job from its submission to its end.
struct JobBar {
  std::uint64_t number = 0;  // the trace's
  std::string tenant;
  std::string site;
  std::uint32_t lane = 0;  // bars of a lane do not overlap
  std::uint32_t nodes = 0;
  std::uint32_t cpus = 0;
  double devices = 0;
  std::uint32_t attempts = 0;
  std::string state;
  base::Duration submitted_s{};
  base::Duration started_s{};
  std::optional<base::Duration> ended_s;  // none: still running when the run was over

  friend bool operator==(const JobBar&, const JobBar&) = default;
};
WEIR_DESCRIBE(JobBar, number, tenant, site, lane, nodes, cpus, devices, attempts, state,
              submitted_s, started_s, ended_s)

struct JobSketch {
  std::uint64_t jobs = 0;             // all
  std::uint64_t started = 0;          // of them
  std::uint64_t started_at_once = 0;  // of those, within a second of their submission
  // Jobs that were started more than once: bar and load count them through, from their first start.
  std::uint64_t restarted = 0;
  base::Duration length_s{};  // from the start of the run to the last that happened
  std::vector<WaitPoint> waits;
  std::vector<SiteLoad> sites;
  std::string bars_resource;  // by whose hours the largest jobs were chosen
  double bars_share = 0;      // their part of all such hours that jobs held
  std::uint32_t lanes = 0;
  std::vector<JobBar> bars;  // by lane, then start

  friend bool operator==(const JobSketch&, const JobSketch&) = default;
};
WEIR_DESCRIBE(JobSketch, jobs, started, started_at_once, restarted, length_s, waits, sites,
              bars_resource, bars_share, lanes, bars)

class JobSketcher {
 public:
  static constexpr std::size_t bars_most = 100;
  static constexpr std::size_t sites_most = 40;
  static constexpr std::size_t times = 240;  // of SiteLoad::share

  // `workload` outlives this.
  JobSketcher(const Workload& workload, base::Time start) : workload_(workload), start_(start) {}

  // As TrialHooks::job is told of it.
  void add(const JobOutcome& job, const TraceJob& trace);

  // `figures` are those of the same run. Cost: sorting the jobs; one pass over the times of each.
  [[nodiscard]] JobSketch sketch(const Figures& figures) const;

 private:
  struct Seen {
    JobOutcome job;
    std::uint64_t number = 0;
    std::uint32_t tenant = 0;
  };
  struct Totals {
    double devices = 0;
    double cpus = 0;
  };

  [[nodiscard]] base::Duration length() const;
  [[nodiscard]] double hours(const Seen& seen, base::Duration length, bool devices) const;
  void sketch_waits(JobSketch& sketch) const;
  void sketch_sites(const Figures& figures, JobSketch& sketch) const;
  void sketch_bars(const Figures& figures, JobSketch& sketch) const;

  const Workload& workload_;
  base::Time start_;
  std::vector<Seen> seen_;
};

}  // namespace weir::twin::page
