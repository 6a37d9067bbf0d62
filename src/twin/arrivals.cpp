#include "twin/arrivals.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <set>

#include "base/check.h"
#include "base/random.h"

namespace weir::twin {

using model::JobSpec;
using model::ResourceOption;

namespace {

constexpr std::uint32_t milli = 1000;

std::uint32_t whole(std::uint32_t thousandths) { return (thousandths + milli - 1) / milli; }

}  // namespace

Arrivals::Arrivals(const Workload& workload, std::span<const SiteModel> sites, base::Time start)
    : workload_(workload), start_(start), throughputs_(workload.throughputs) {
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
}

std::vector<model::UsualDemand> Arrivals::usual(std::int64_t percent) const {
  std::vector<model::UsualDemand> usual;
  std::int64_t all = 0;
  std::int64_t told = 0;
  for (const UsualRow& row : workload_.usual) all += row.ranks;
  for (const UsualRow& row : workload_.usual) {
    if (told * 100 >= all * percent || usual.size() == model::usual_demands_most) break;
    usual.push_back({options_of(row.job), row.ranks});
    told += row.ranks;
  }
  return usual;
}

bool Arrivals::writes_checkpoints(const TraceJob& job) const {
  return base::Random{job.number}.below(100) < workload_.checkpoint_percent;
}

JobSpec Arrivals::spec_of(const TraceJob& job) {
  JobSpec spec;
  spec.name = class_of(job);
  spec.priority = job.priority;
  spec.nodes = std::max<std::uint32_t>(job.nodes, 1);
  spec.options = options_of(job);
  spec.time_limit = job.time_limit;
  spec.objective = workload_.objective;
  spec.max_delay = workload_.max_delay;
  if (workload_.stays_home && !workload_.homes.empty()) {
    spec.where.sites = {workload_.homes[job.home]};
  }
  if (workload_.tells_data && job.dataset) {
    spec.inputs.push_back({workload_.datasets[*job.dataset].name, 1, "data"});
  }
  if (workload_.checkpoints && writes_checkpoints(job)) {
    spec.checkpoint_every = workload_.checkpoints;
    spec.retry.notice_signal = SIGUSR1;
    spec.retry.notice_before = std::chrono::seconds(30);
    spec.pausable = workload_.pausable;
  }
  if (job.steps > 0) spec.steps_micro = std::llround(job.steps * job.told_part * 1e6);
  // What its user says of the first, said for the slowest that he takes as well.
  const auto rates = schedule::option_rates(schedule::request_of(spec), spec.name, throughputs_);
  if (spec.time_limit && !rates.empty() && rates[0] > 0) {
    std::int64_t slowest = rates[0];
    for (const std::int64_t rate : rates) slowest = rate > 0 ? std::min(slowest, rate) : slowest;
    spec.time_limit = schedule::scaled_run(*spec.time_limit, rates[0], slowest);
  }
  if (workload_.deadline_times && spec.time_limit) {
    const double us = static_cast<double>(spec.time_limit->count()) * *workload_.deadline_times;
    spec.deadline = start_ + job.submit + base::Duration(std::llround(std::min(us, 1e17)));
  }
  return spec;
}

std::int64_t Arrivals::work_micro(model::JobId job) const {
  const TraceJob& row = trace_job(job);
  if (row.steps <= 0) return std::max<std::int64_t>(row.run_time.count(), 1);
  return std::max<std::int64_t>(std::llround(row.steps * 1e6), 1);
}

std::string Arrivals::class_of(const TraceJob& job) const {
  return workload_.job_classes.empty() ? "job" : workload_.job_classes[job.job_class];
}

std::string Arrivals::first_model_of(const TraceJob& job) const {
  if (!job.device_models.empty()) return workload_.device_models[job.device_models.front()];
  return all_models_.empty() || job.devices_milli == 0 ? "" : all_models_.front();
}

std::optional<base::Duration> Arrivals::run_time_on(model::JobId id,
                                                    const schedule::DeviceGroup& group) const {
  const TraceJob& job = trace_job(id);
  const std::string job_class = class_of(job);
  const model::Throughput* rate = throughputs_.find(job_class, group);
  if (job.steps > 0 && rate != nullptr) {
    constexpr double us_and_micro = 1e12;
    const double us = job.steps * us_and_micro / static_cast<double>(rate->rate_micro);
    return base::Duration(std::llround(std::min(us, 9e18)));
  }
  if (!job.run_time_known) return std::nullopt;
  const schedule::DeviceGroup first{first_model_of(job), group.devices};
  return throughputs_.run_time_on(job_class, job.run_time, first, group).value_or(job.run_time);
}

// Whole processors; a share of a device alone, as nobody takes a share beside whole ones.
std::vector<ResourceOption> Arrivals::options_of(const TraceJob& job) const {
  ResourceOption option;
  const std::uint32_t cpus = workload_.cpus_in_thousandths ? job.cpus_milli : whole(job.cpus_milli);
  option.cpus = std::max<std::uint32_t>(cpus, 1);
  option.memory_bytes = job.memory_bytes;
  const std::uint32_t devices = whole(job.devices_milli);
  if (devices == 0) return {option};
  if (job.devices_milli < milli) option.device_milli = job.devices_milli;
  std::vector<ResourceOption> options;
  const auto add = [&](const std::string& model) {
    option.devices = {{model, devices}};
    options.push_back(option);
  };
  if (job.device_models.empty()) {
    // What is told in steps alone takes a known time only where its rate is known.
    const bool by_rate = job.steps > 0 && !job.run_time_known;
    for (const std::string& model : all_models_) {
      const schedule::DeviceGroup group{model, devices * std::max<std::uint32_t>(job.nodes, 1)};
      if (by_rate && throughputs_.knows(class_of(job)) &&
          throughputs_.find(class_of(job), group) == nullptr) {
        continue;
      }
      add(model);
    }
    // Where there are no devices at all, the engine says so.
    if (options.empty()) add("any");
  } else {
    for (const std::uint16_t model : job.device_models) add(workload_.device_models[model]);
  }
  return options;
}

}  // namespace weir::twin
