#include "model/tenant.h"

#include <algorithm>

#include "base/money.h"

namespace weir::model {

namespace {

using base::ErrorCode;
using base::fail;

// The parts between slashes, without empty ones.
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty()) parts.push_back(part);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  }
  return parts;
}

bool is_name(std::string_view part) {
  const auto fits = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' || letter == '-' ||
           letter == '@';
  };
  return !part.empty() && part.size() <= 64 && std::all_of(part.begin(), part.end(), fits);
}

base::Status check_path(const std::string& path) {
  const std::vector<std::string_view> parts = parts_of(path);
  std::string again;
  for (const std::string_view part : parts) again += (again.empty() ? "" : "/") + std::string(part);
  const bool good = !parts.empty() && again == path && parts.size() <= tenant_depth_most &&
                    std::all_of(parts.begin(), parts.end(), is_name);
  if (good) return {};
  return fail(ErrorCode::invalid, "`" + path + "` is no path of a tenant", "path",
              "one to four names with / between, as in lab/nlp; a name has 1 to 64 letters, "
              "digits and . _ - @");
}

std::optional<std::uint32_t> of_model(const Quota& quota, const std::string& model) {
  for (const DeviceCount& count : quota.devices_by_model) {
    if (count.model == model) return count.count;
  }
  return std::nullopt;
}

base::Status check_models(const Quota& quota, const std::string& field) {
  std::vector<std::string> models;
  for (const DeviceCount& count : quota.devices_by_model) {
    if (count.model.empty()) {
      return fail(ErrorCode::invalid, "names no device model", field, "see: weir devices");
    }
    models.push_back(count.model);
  }
  std::sort(models.begin(), models.end());
  const auto twice = std::adjacent_find(models.begin(), models.end());
  if (twice == models.end()) return {};
  return fail(ErrorCode::invalid, "names " + *twice + " twice", field, "keep one of the two");
}

base::Status check_below(std::optional<std::uint32_t> guarantee, std::optional<std::uint32_t> limit,
                         const std::string& field) {
  if (!guarantee || !limit || *guarantee <= *limit) return {};
  return fail(ErrorCode::invalid,
              "guarantees " + std::to_string(*guarantee) + ", more than the limit of " +
                  std::to_string(*limit),
              field, "at most " + std::to_string(*limit));
}

base::Status check_budget(const Budget& budget) {
  constexpr std::int64_t seconds_most = std::int64_t{1} << 40;
  const std::int64_t seconds_least = budget.money_micro_cny ? 0 : 1;
  if (budget.device_seconds < seconds_least || budget.device_seconds > seconds_most) {
    return fail(ErrorCode::invalid, std::to_string(budget.device_seconds) + " is no budget",
                "budget.device_seconds", "1 or more; leave the budget out for none");
  }
  if (!budget.money_micro_cny) return {};
  if (*budget.money_micro_cny < 1 || *budget.money_micro_cny > base::money_most_micro_cny) {
    return fail(ErrorCode::invalid, base::format_money(*budget.money_micro_cny) + " is no budget",
                "budget.money_micro_cny",
                "an amount above 0, as in 500 CNY; leave it out for none");
  }
  return {};
}

base::Duration length_of(Period period) {
  switch (period) {
    case Period::day:
      return std::chrono::hours(24);
    case Period::week:
      return std::chrono::hours(24 * 7);
    case Period::month:
      return std::chrono::hours(24 * 30);
  }
  return std::chrono::hours(24);
}

// 1970-01-01 was a Thursday: the Monday before lies three days back.
base::Duration offset_of(Period period) {
  return period == Period::week ? std::chrono::hours(24 * 3) : base::Duration{};
}

}  // namespace

std::string tenant_path(std::string_view tenant, std::string_view project) {
  // Tenants' names are checked where tokens are made; here any text has a place.
  std::vector<std::string_view> parts = parts_of(tenant);
  if (parts.empty()) parts.emplace_back("-");
  std::vector<std::string_view> below = parts_of(project);
  if (!below.empty() && below.front() == tenant) below.erase(below.begin());
  parts.insert(parts.end(), below.begin(), below.end());
  if (parts.size() > tenant_depth_most) parts.resize(tenant_depth_most);
  std::string path;
  for (const std::string_view part : parts) path += (path.empty() ? "" : "/") + std::string(part);
  return path;
}

base::Status check_tenant(const Tenant& tenant) {
  WEIR_TRY_STATUS(check_path(tenant.path));
  if (tenant.weight < 1 || tenant.weight > tenant_weight_most) {
    return fail(ErrorCode::invalid, std::to_string(tenant.weight) + " is no weight", "weight",
                "from 1 to 1000000; who is not set up has 1");
  }
  WEIR_TRY_STATUS(check_models(tenant.limit, "limit.devices_by_model"));
  WEIR_TRY_STATUS(check_models(tenant.guarantee, "guarantee.devices_by_model"));
  WEIR_TRY_STATUS(check_below(tenant.guarantee.cpus, tenant.limit.cpus, "guarantee.cpus"));
  WEIR_TRY_STATUS(check_below(tenant.guarantee.devices, tenant.limit.devices, "guarantee.devices"));
  for (const DeviceCount& count : tenant.guarantee.devices_by_model) {
    WEIR_TRY_STATUS(check_below(count.count, of_model(tenant.limit, count.model),
                                "guarantee.devices_by_model"));
  }
  return tenant.budget ? check_budget(*tenant.budget) : base::Status();
}

Tenant tidied(Tenant tenant) {
  std::sort(tenant.limit.devices_by_model.begin(), tenant.limit.devices_by_model.end());
  std::sort(tenant.guarantee.devices_by_model.begin(), tenant.guarantee.devices_by_model.end());
  return tenant;
}

std::int64_t period_at(Period period, base::Time time) {
  const std::int64_t length = base::to_us(length_of(period));
  const std::int64_t since = base::to_us(time + offset_of(period));
  return since >= 0 ? since / length : -((-since + length - 1) / length);
}

base::Time period_end(Period period, std::int64_t number) {
  return base::Time{} + length_of(period) * (number + 1) - offset_of(period);
}

}  // namespace weir::model
