#include "twin/filling.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/check.h"

namespace weir::twin {

std::vector<UsualRow> usual_rows(const Workload& trace) {
  const auto asks = [](const TraceJob& job) {
    return std::tuple(job.cpus_milli, job.devices_milli, job.device_models);
  };
  std::map<decltype(asks(TraceJob())), UsualRow> by_demand;
  for (const TraceJob& job : trace.jobs) {
    UsualRow& row = by_demand[asks(job)];
    if (row.ranks == 0) row.job = job;
    row.job.memory_bytes = 0;
    row.ranks += job.nodes;
  }
  std::vector<UsualRow> rows;
  for (const auto& [demand, row] : by_demand) rows.push_back(row);
  std::sort(rows.begin(), rows.end(), [&](const UsualRow& a, const UsualRow& b) {
    return a.ranks != b.ranks ? a.ranks > b.ranks : asks(a.job) > asks(b.job);
  });
  return rows;
}

Workload filled(Workload trace, std::int64_t devices_milli, base::Random random) {
  std::vector<TraceJob>& jobs = trace.jobs;
  std::int64_t asked = 0;
  const auto asks = [](const TraceJob& job) { return std::int64_t{job.nodes} * job.devices_milli; };
  for (const TraceJob& job : jobs) asked += asks(job);
  WEIR_CHECK(asked > 0, "some job asks for devices");
  while (asked > devices_milli) {
    const auto at = jobs.begin() + static_cast<std::ptrdiff_t>(random.below(jobs.size()));
    asked -= asks(*at);
    jobs.erase(at);
  }
  const std::size_t recorded = jobs.size();
  while (recorded > 0) {
    const TraceJob again = jobs[static_cast<std::size_t>(random.below(recorded))];
    asked += asks(again);
    if (asked > devices_milli) break;
    jobs.push_back(again);
  }
  random.shuffle(std::span(jobs));
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].submit = std::chrono::seconds(i);
    jobs[i].run_time_known = false;
    jobs[i].time_limit.reset();
  }
  return trace;
}

}  // namespace weir::twin
