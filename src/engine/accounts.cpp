#include "engine/accounts.h"

#include <algorithm>

#include "schedule/quota.h"

namespace weir::engine {

using namespace model;

namespace {

// In thousandths.
std::int64_t devices_of(const std::vector<RankPlacement>& ranks) {
  std::int64_t devices = 0;
  for (const RankPlacement& rank : ranks) {
    devices += rank.devices_milli();
  }
  return devices;
}

}  // namespace

schedule::Cost cost_of(const State& state, SiteId site, const std::vector<RankPlacement>& ranks) {
  if (state.prices.empty()) return {devices_of(ranks), 0};
  return schedule::cost_of(state.prices, schedule::held_by(state.sites.at(site).nodes, ranks));
}

schedule::Charge charge_of(const JobRecord& job, const schedule::Cost& cost) {
  return job.time_limit ? schedule::charge_of(cost, *job.time_limit) : schedule::Charge{};
}

void charge_placed(State& state, Index& index, const JobRecord& job, RunningAttempt& run) {
  const schedule::Cost cost = cost_of(state, run.site, run.ranks);
  const schedule::Charge charge = charge_of(job, cost);
  run.charged_device_ms = charge.device_ms;
  run.charged_micro_cny = charge.micro_cny;
  run.hour_micro_cny = cost.hour_micro_cny;
  run.charged = state.time;
  index.charge(state, job, charge);
}

void take_charge(const ReclaimRecord& reclaim, RunningAttempt& run) {
  run.charged_device_ms = reclaim.charged_device_ms;
  run.charged_micro_cny = reclaim.charged_micro_cny;
  run.hour_micro_cny = reclaim.hour_micro_cny;
  run.charged = reclaim.since;
}

void give_back_unused(State& state, Index& index, const JobRecord& job, const RunningAttempt& run) {
  schedule::Charge unused = run.charge();
  const base::Duration used = std::max(state.time - run.placed, base::Duration(0));
  const schedule::Cost cost{devices_of(run.ranks), run.hour_micro_cny};
  schedule::subtract(unused, schedule::charge_of(cost, used));
  index.give_back(state, job, unused, run.charged.value_or(run.placed));
}

void begin_budget(State& state, const Index& index, std::uint32_t tenant) {
  TenantRecord& record = state.tenants[tenant];
  record.spent_period = 0;
  record.set_spent({});
  if (!record.settings.budget) return;
  const Period period = record.settings.budget->period;
  record.spent_period = period_at(period, state.time);
  schedule::Charge spent;
  const auto count = [&](const JobRecord& job, base::Time charged, const schedule::Charge& more) {
    const bool counts = index.tenants().below(index.classes[job.request_class].leaf, tenant) &&
                        period_at(period, charged) == record.spent_period;
    if (counts) schedule::add(spent, more);
  };
  for (const JobId id : index.running_jobs) {
    const JobRecord& job = state.jobs.at(id);
    for (const RunningAttempt& run : job.running) {
      count(job, run.charged.value_or(run.placed), run.charge());
    }
  }
  for (const ReclaimRecord& reclaim : state.reclaims) {
    count(state.jobs.at(reclaim.attempt.job), reclaim.since, reclaim.charge());
  }
  record.set_spent(spent);
}

void set_tenant(State& state, Index& index, const model::Tenant& settings) {
  const std::uint32_t tenant = index.tenant_of(state, settings.path);
  TenantRecord& record = state.tenants[tenant];
  const auto period_of = [](const model::Tenant& of) {
    return of.budget ? std::optional(of.budget->period) : std::nullopt;
  };
  const bool other_period = period_of(record.settings) != period_of(settings);
  record.settings = settings;
  record.is_set = true;
  if (other_period) begin_budget(state, index, tenant);
  index.set_tenant(state, tenant);
}

void remove_tenant(State& state, Index& index, const std::string& path) {
  const std::uint32_t tenant = index.tenant_of(state, path);
  TenantRecord& record = state.tenants[tenant];
  record.settings = model::Tenant{};
  record.settings.path = path;
  record.is_set = false;
  record.spent_period = 0;
  record.set_spent({});
  index.set_tenant(state, tenant);
}

void renew_budget(State& state, Index& index, const std::string& path, std::int64_t period) {
  const std::uint32_t tenant = index.tenant_of(state, path);
  state.tenants[tenant].spent_period = period;
  state.tenants[tenant].set_spent({});
  index.set_tenant(state, tenant);
}

}  // namespace weir::engine
