#include "bench/flows/gaia.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.h"
#include "bench/flows/tables_of_numbers.h"

namespace weir::flows {

namespace {

Duration of_hours(const std::string& cell) { return Duration(std::llround(number(cell) * 3.6e9)); }

std::size_t queue_of(const GaiaJob& job) { return job.length <= short_at_most ? 0 : 1; }

}  // namespace

void set_queues(std::vector<GaiaJob>& jobs) {
  std::array<Duration, 2> together{};
  std::array<std::int64_t, 2> count{};
  for (GaiaJob& job : jobs) {
    job.window = queue_of(job) == 0 ? window_of_short : window_of_long;
    together[queue_of(job)] += job.length;
    ++count[queue_of(job)];
  }
  for (GaiaJob& job : jobs)
    job.usual = together[queue_of(job)] / std::max<std::int64_t>(count[queue_of(job)], 1);
}

std::vector<GaiaJob> read_gaia_jobs(const std::string& file) {
  const CsvTable table = read_csv(file);
  std::vector<GaiaJob> jobs;
  base::Random random{1};
  for (const auto& row : table.rows) {
    GaiaJob job;
    job.arrival = Time(of_hours(row[table.column("arrival_time")]));
    job.length = std::max(of_hours(row[table.column("length")]), Duration(1));
    job.cpus = std::llround(number(row[table.column("cpus")]));
    // Evenly by its logarithm from a third to three times the truth.
    const double factor =
        std::pow(3.0, 2 * static_cast<double>(random.below(1U << 30U)) / (1U << 30U) - 1);
    job.told = Duration(std::llround(static_cast<double>(job.length.count()) * factor));
    jobs.push_back(job);
  }
  set_queues(jobs);
  return jobs;
}

GaiaOutcome run_gaia(const std::vector<GaiaJob>& jobs, const Outlook& truth,
                     const GaiaPolicy& policy) {
  double used = 0;
  double waiting = 0;
  for (const GaiaJob& job : jobs) {
    const std::vector<Span> spans = policy(job);
    used +=
        static_cast<double>(flow::cost_of(truth, spans)) / 3.6e9 * static_cast<double>(job.cpus);
    waiting += static_cast<double>((spans.back().until - job.arrival - job.length).count()) / 3.6e9;
  }
  return {used, waiting / static_cast<double>(jobs.size())};
}

std::vector<Span> run_from(Time start, const GaiaJob& job) { return {{start, start + job.length}}; }

std::vector<Span> at_once(const GaiaJob& job) { return run_from(job.arrival, job); }

GaiaPolicy lowest_slot(const Outlook& outlook) {
  return [&outlook](const GaiaJob& job) {
    Time best = job.arrival;
    for (Time at = outlook.next_change(job.arrival); at <= job.arrival + job.window;
         at = outlook.next_change(at)) {
      if (outlook.at(at) < outlook.at(best)) best = at;
    }
    return run_from(best, job);
  };
}

GaiaPolicy lowest_window(const Outlook& outlook) {
  return [&outlook](const GaiaJob& job) {
    return run_from(flow::cheapest_start(outlook, job.arrival, job.arrival + job.window, job.usual),
                    job);
  };
}

GaiaPolicy wait_awhile(const Outlook& outlook) {
  return [&outlook](const GaiaJob& job) {
    return flow::cheapest_spans(outlook, {job.arrival, job.arrival + job.window + job.length},
                                job.length);
  };
}

}  // namespace weir::flows
