// GAIA's jobs and policies (Hanafy et al., ASPLOS 2024), made again: when a job of a year's trace
// is run, of which each is looked at by itself, as there is room for all.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/flows/rows.h"

namespace weir::flows {

struct GaiaJob {
  Time arrival;
  Duration length{};
  std::int64_t cpus = 0;
  Duration window{};  // it may start so much later
  Duration told{};    // its length, as its user says
  Duration usual{};   // the mean of its queue
};

// Two queues: of jobs up to so long, which may wait for 6 hours; of longer ones, for 24.
constexpr Duration short_at_most = 2 * hour;
constexpr Duration window_of_short = 6 * hour;
constexpr Duration window_of_long = 24 * hour;

// Sets windows and means by the queues.
void set_queues(std::vector<GaiaJob>& jobs);

// Of the file of a trace; what users say is wrong by a factor from 1/3 to 3.
[[nodiscard]] std::vector<GaiaJob> read_gaia_jobs(const std::string& file);

// Spans in which a job runs.
using GaiaPolicy = std::function<std::vector<Span>(const GaiaJob&)>;

struct GaiaOutcome {
  double used = 0;     // of the series' unit, all jobs
  double waiting = 0;  // mean, hours: until the end, without the run itself
};
[[nodiscard]] GaiaOutcome run_gaia(const std::vector<GaiaJob>& jobs, const Outlook& truth,
                                   const GaiaPolicy& policy);

[[nodiscard]] std::vector<Span> run_from(Time start, const GaiaJob& job);

[[nodiscard]] std::vector<Span> at_once(const GaiaJob& job);
// At the beginning of the hour that is lowest, whatever its length.
[[nodiscard]] GaiaPolicy lowest_slot(const Outlook& outlook);
// Where a run of its queue's mean length would be lowest.
[[nodiscard]] GaiaPolicy lowest_window(const Outlook& outlook);
// In the lowest hours, paused between; it knows the length.
[[nodiscard]] GaiaPolicy wait_awhile(const Outlook& outlook);

}  // namespace weir::flows
