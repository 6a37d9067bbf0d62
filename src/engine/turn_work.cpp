#include "engine/turn_work.h"

#include <algorithm>
#include <set>

#include "model/pack.h"

namespace weir::engine {

namespace {

__extension__ using Wide = __int128;
constexpr std::int64_t micro = 1'000'000;

base::Duration time_for(std::int64_t work_micro, std::int64_t rate_micro) {
  const Wide us = static_cast<Wide>(work_micro) * micro / rate_micro;
  return base::Duration(
      static_cast<std::int64_t>(std::min<Wide>(us, base::to_us(base::Duration::max()))));
}

}  // namespace

bool takes_turns(const model::JobSpec& spec) {
  constexpr auto notice_most = std::chrono::minutes(1);
  const model::RetryPolicy& retry = spec.retry;
  return spec.checkpoint_every && retry.notice_signal > 0 && retry.notice_before <= notice_most &&
         !spec.array.is_array() && spec.nodes_most == 0;
}

std::optional<std::int64_t> micro_left(const JobRecord& job) {
  std::optional<std::int64_t> all = job.steps_micro;
  if (!all && job.time_limit) all = base::to_us(*job.time_limit);
  if (!all) return std::nullopt;
  return std::max<std::int64_t>(*all - job.done_micro, 1);
}

base::Duration TurnWork::time_left(const JobRecord& job) const {
  const auto left = micro_left(job);
  if (!left || best_micro == 0) return base::Duration::max();
  return time_for(*left, best_micro);
}

base::Duration TurnWork::service(const JobRecord& job) const {
  if (best_micro == 0) return base::Duration(0);
  return time_for(job.done_micro, best_micro) * std::max<std::uint32_t>(devices, 1);
}

void TurnBook::set_models(const State& state) {
  std::set<std::string> models;
  for (const auto& [id, site] : state.sites) {
    for (const model::Node& node : site.nodes) {
      for (const model::Device& device : node.devices) {
        if (!device.model.empty()) models.insert(device.model);
      }
    }
  }
  models_.assign(models.begin(), models.end());
  clear();
}

void TurnBook::clear() {
  known_.clear();
  beside_ = schedule::BesideRates(models_);
}

const TurnWork& TurnBook::of(const JobRecord& job, const schedule::Request& request,
                             const schedule::Throughputs& throughputs) {
  const auto [at, fresh] = known_.try_emplace(job.id);
  TurnWork& work = at->second;
  if (!fresh) return work;
  work.job_class = model::unpack_spec(job.packed_spec).name;
  work.on.resize(models_.size());
  for (std::uint32_t option = 0; option < request.options.size(); ++option) {
    const model::ResourceOption& each = request.options[option];
    if (each.devices.size() != 1 || each.is_share()) continue;
    const auto model = std::lower_bound(models_.begin(), models_.end(), each.devices.front().model);
    if (model == models_.end() || *model != each.devices.front().model) continue;
    TurnWork::On& on = work.on[static_cast<std::size_t>(model - models_.begin())];
    const std::uint32_t devices = each.devices.front().count * request.nodes;
    if (on.rate_micro > 0 || (work.devices > 0 && work.devices != devices)) continue;
    const model::Throughput* const rate = throughputs.find(work.job_class, {*model, devices});
    if (rate == nullptr && throughputs.knows(work.job_class)) continue;
    on = {rate == nullptr ? micro : rate->rate_micro, option};
    work.devices = devices;
    work.best_micro = std::max(work.best_micro, on.rate_micro);
  }
  work.kind = beside_.kind_of(work.job_class, work.devices);
  return work;
}

}  // namespace weir::engine
