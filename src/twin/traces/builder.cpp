#include "twin/traces/builder.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/check.h"

namespace weir::twin::traces {

std::uint32_t Names::index_of(std::string_view name) {
  if (const auto known = places_.find(name); known != places_.end()) return known->second;
  const auto place = static_cast<std::uint32_t>(names_.size());
  places_.emplace(name, place);
  names_.emplace_back(name.empty() ? "unknown" : name);
  return place;
}

Ranks cut_to_ranks(std::uint32_t units, std::uint32_t most_each, std::uint32_t least) {
  WEIR_CHECK(units > 0 && most_each > 0 && least > 0 && least <= units, "there is work to cut");
  const std::uint32_t fewest = std::max(least, (units - 1) / most_each + 1);
  std::uint32_t best = units;
  for (std::uint32_t divisor = 1; divisor <= units / divisor; ++divisor) {
    if (units % divisor != 0) continue;
    for (const std::uint32_t count : {divisor, units / divisor}) {
      if (count >= fewest) best = std::min(best, count);
    }
  }
  return {best, units / best};
}

TraceBuilder::TraceBuilder(TraceKind kind, const TraceOptions& options) : options_(options) {
  reading_.kind = kind;
}

void TraceBuilder::add(std::uint64_t line, base::Result<TraceJob> job) {
  ++reading_.report.rows;
  if (job) {
    if (!job->run_time_known) note("the trace tells no run time");
    reading_.workload.jobs.push_back(*std::move(job));
  } else {
    reading_.report.add_malformed(line, job.error(), options_.malformed_shown);
  }
}

std::uint64_t TraceBuilder::number_of(std::string_view id) const {
  const std::size_t hyphen = id.rfind('-');
  if (hyphen != std::string_view::npos) id.remove_prefix(hyphen + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  return error == std::errc{} && end == id.data() + id.size() ? number : row_number();
}

TraceReading TraceBuilder::finish(bool from_first) && {
  std::vector<TraceJob>& jobs = reading_.workload.jobs;
  std::stable_sort(jobs.begin(), jobs.end(), [](const TraceJob& a, const TraceJob& b) {
    return std::tie(a.submit, a.number) < std::tie(b.submit, b.number);
  });
  if (from_first && !jobs.empty()) {
    const base::Duration first = jobs.front().submit;
    reading_.start = base::Time(first);
    for (TraceJob& job : jobs) job.submit -= first;
  }
  reading_.workload.tenants = std::move(tenants).take();
  reading_.workload.users = std::move(users).take();
  reading_.workload.job_classes = std::move(job_classes).take();
  reading_.workload.device_models = std::move(device_models).take();
  return std::move(reading_);
}

}  // namespace weir::twin::traces
