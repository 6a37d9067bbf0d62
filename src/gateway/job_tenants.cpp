#include "gateway/job_tenants.h"

#include <mutex>

namespace weir::gateway {

JobTenants::Runs::const_iterator JobTenants::run_of(model::JobId job) const {
  auto at = runs_.upper_bound(job.value);
  if (at == runs_.begin()) return runs_.end();
  --at;
  return at->second.last >= job.value ? at : runs_.end();
}

void JobTenants::add(model::JobId job, const std::string& tenant) {
  const std::lock_guard lock(mutex_);
  auto after = runs_.upper_bound(job.value);
  if (after != runs_.begin()) {
    auto& [first, run] = *std::prev(after);
    if (run.last >= job.value) return;
    if (run.last + 1 == job.value && *run.tenant == tenant) {
      run.last = job.value;
      return;
    }
  }
  runs_.emplace_hint(after, job.value, Run{job.value, &*names_.insert(tenant).first});
}

void JobTenants::remove(model::JobId job) {
  const std::lock_guard lock(mutex_);
  const auto at = run_of(job);
  if (at == runs_.end()) return;
  const Run run = at->second;
  const std::uint64_t first = at->first;
  if (first == job.value) {
    runs_.erase(at);
    if (run.last > first) runs_.emplace(first + 1, run);
  } else if (run.last == job.value) {
    runs_.at(first).last = job.value - 1;
  }
  // One taken out of the middle stays: it costs nothing, and goes with its run.
}

std::optional<std::string> JobTenants::of(model::JobId job) const {
  const std::shared_lock lock(mutex_);
  const auto at = run_of(job);
  if (at == runs_.end()) return std::nullopt;
  return *at->second.tenant;
}

std::size_t JobTenants::runs() const {
  const std::shared_lock lock(mutex_);
  return runs_.size();
}

}  // namespace weir::gateway
