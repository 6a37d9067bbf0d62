#include "twin/arrivals.h"

#include <algorithm>
#include <set>

#include "base/check.h"

namespace weir::twin {

using model::JobSpec;
using model::ResourceOption;

namespace {

constexpr std::uint32_t milli = 1000;

std::uint32_t whole(std::uint32_t thousandths) { return (thousandths + milli - 1) / milli; }

}  // namespace

Arrivals::Arrivals(const Workload& workload, std::span<const SiteModel> sites, base::Time start)
    : workload_(workload), start_(start) {
  std::set<std::string> models;
  for (const SiteModel& site : sites) {
    for (const model::Node& node : site.nodes) {
      for (const model::Device& device : node.devices) {
        if (!device.model.empty()) models.insert(device.model);
      }
    }
  }
  all_models_.assign(models.begin(), models.end());
  rows_.reserve(workload.jobs.size());
}

std::optional<base::Time> Arrivals::next() const {
  if (next_ == workload_.jobs.size()) return std::nullopt;
  return start_ + workload_.jobs[next_].submit;
}

model::SubmitJobs Arrivals::take(model::JobId first_id) {
  if (rows_.empty()) first_ = first_id.value;
  WEIR_CHECK(first_id.value == first_ + rows_.size(), "job ids count up without a gap");
  const TraceJob& first = workload_.jobs[next_];
  model::SubmitJobs input;
  input.by.tenant = workload_.tenants.empty() ? "default" : workload_.tenants[first.tenant];
  input.by.name = workload_.users.empty() ? input.by.tenant : workload_.users[first.user];
  input.by.role = model::Role::user;
  last_first_ = next_;
  while (next_ < workload_.jobs.size() && next_ - last_first_ < together_max) {
    const TraceJob& job = workload_.jobs[next_];
    if (job.submit != first.submit || job.tenant != first.tenant || job.user != first.user) break;
    input.jobs.push_back(spec_of(job));
    rows_.push_back(next_++);
    if (next_ <= alone_until_) break;
  }
  last_count_ = next_ - last_first_;
  return input;
}

void Arrivals::answered(const engine::Reply& reply) {
  if (reply.error) {
    rows_.resize(rows_.size() - last_count_);
    if (last_count_ == 1) {
      ++refused_;
    } else {
      alone_until_ = next_;
      next_ = last_first_;
    }
    return;
  }
  WEIR_CHECK(reply.jobs.size() == last_count_, "a submission that is taken becomes all its jobs");
  for (std::uint32_t row = last_first_; row < next_; ++row) {
    if (workload_.jobs[row].devices_milli % milli != 0) ++shares_rounded_up_;
  }
}

JobSpec Arrivals::spec_of(const TraceJob& job) {
  JobSpec spec;
  spec.name = workload_.job_classes.empty() ? "job" : workload_.job_classes[job.job_class];
  spec.priority = job.priority;
  spec.nodes = std::max<std::uint32_t>(job.nodes, 1);
  spec.options = options_of(job);
  spec.time_limit = job.time_limit;
  return spec;
}

// Whole processors and devices: the engine knows no shares of one.
std::vector<ResourceOption> Arrivals::options_of(const TraceJob& job) {
  ResourceOption option;
  option.cpus = std::max<std::uint32_t>(whole(job.cpus_milli), 1);
  option.memory_bytes = job.memory_bytes;
  const std::uint32_t devices = whole(job.devices_milli);
  if (devices == 0) return {option};
  std::vector<ResourceOption> options;
  const auto add = [&](const std::string& model) {
    option.devices = {{model, devices}};
    options.push_back(option);
  };
  if (job.device_models.empty()) {
    for (const std::string& model : all_models_) add(model);
    // Where there are no devices at all, the engine says so.
    if (options.empty()) add("any");
  } else {
    for (const std::uint16_t model : job.device_models) add(workload_.device_models[model]);
  }
  return options;
}

}  // namespace weir::twin
