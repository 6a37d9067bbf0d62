// What operators set: how tenants share, how fast work goes, what it and its energy cost.
#include "engine/stepper.h"
#include "model/pack.h"

namespace weir::engine {

using namespace model;
using base::ErrorCode;

void Stepper::take(const SetTenant& input) {
  if (auto good = check_tenant(input.tenant); !good) return refuse(std::move(good).error());
  Tenant tenant = tidied(input.tenant);
  const auto known = index().tenants().find(tenant.path);
  if (known) {
    const TenantRecord& record = state().tenants[*known];
    if (record.is_set && record.settings == tenant) return;
  }
  emit(TenantSet{std::move(tenant)});
  capacity_or_queue_changed_ = true;
}

void Stepper::take(const RemoveTenant& input) {
  const auto known = index().tenants().find(input.path);
  if (!known || !state().tenants[*known].is_set) {
    return refuse({ErrorCode::not_found,
                   "tenant `" + input.path + "` is not set up",
                   "path",
                   "those that are: weir tenant ls",
                   {}});
  }
  emit(TenantRemoved{input.path});
  capacity_or_queue_changed_ = true;
}

void Stepper::take(const SetThroughputs& input) {
  if (auto good = schedule::check_throughputs(input.table); !good) {
    return refuse(std::move(good).error());
  }
  if (input.table == state().throughputs) return;
  emit(ThroughputsSet{input.table});
  capacity_or_queue_changed_ = true;
}

void Stepper::take(const SetPrices& input) {
  if (auto good = schedule::check_prices(input.table); !good) {
    return refuse(std::move(good).error());
  }
  PriceTable table = schedule::tidied(input.table);
  if (table == state().prices) return;
  emit(PricesSet{std::move(table)});
  capacity_or_queue_changed_ = true;
}

void Stepper::take(const SetPower& input) {
  if (auto good = flow::check_power(input.table); !good) return refuse(std::move(good).error());
  PowerTable table = flow::tidied(input.table);
  if (table == state().power) return;
  emit(PowerSet{std::move(table)});
  std::vector<JobId> deferred;
  for (const auto& [until, job] : index().deferred) deferred.push_back(job);
  for (const JobId job : deferred) {
    defer_if_better(job, unpack_spec(state().jobs.at(job).packed_spec));
  }
  capacity_or_queue_changed_ = true;
}

}  // namespace weir::engine
