// Who shares the machines: a tree of tenants, each with its weight, limits, guarantee and budget.
//
// A tenant is named by its path from the root: "lab", "lab/nlp". A job belongs to the path of its
// submitter's tenant, and below it to that of its project. Who is not set up here has weight 1
// under its parent, no limit, no guarantee and no budget.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/result.h"
#include "base/time.h"
#include "model/job.h"

namespace weir::model {

// What may be held at one time. What is left out is not bounded by it.
struct Quota {
  std::optional<std::uint32_t> cpus;
  std::optional<std::uint32_t> devices;       // of all models together
  std::vector<DeviceCount> devices_by_model;  // sorted by model, each once

  [[nodiscard]] bool empty() const { return !cpus && !devices && devices_by_model.empty(); }
  friend bool operator==(const Quota&, const Quota&) = default;
};
WEIR_DESCRIBE(Quota, cpus, devices, devices_by_model)

// Fixed spans: days begin at 00:00 UTC, weeks on Mondays at 00:00 UTC, and a month is 30 days
// counted from 1970-01-01, so that every period is as long as the others.
enum class Period : std::uint8_t { day, week, month };
WEIR_DESCRIBE_ENUM(Period, day, week, month)

// Device time and money in one period, both or one of them. Work is charged for its whole time
// limit when it is placed and given back what it did not use when it ends, so that a budget is
// never overdrawn. Money counts at the prices of the moment of placing.
struct Budget {
  std::int64_t device_seconds = 0;  // 0: not bounded
  Period period = Period::month;
  std::optional<std::int64_t> money_micro_cny = std::nullopt;  // none: not bounded

  friend bool operator==(const Budget&, const Budget&) = default;
};
WEIR_DESCRIBE(Budget, device_seconds, period, money_micro_cny)

struct Tenant {
  std::string path;
  std::uint32_t weight = 1;  // against its siblings: 2 is due twice as much as 1
  Quota limit;               // what it may hold at most, its children together
  // What it gets back from those who hold more than their own, while it holds less than this.
  Quota guarantee;
  std::optional<Budget> budget;

  static constexpr std::array<std::string_view, 1> required_fields{"path"};
  friend bool operator==(const Tenant&, const Tenant&) = default;
};
WEIR_DESCRIBE(Tenant, path, weight, limit, guarantee, budget)

constexpr std::uint32_t tenant_weight_most = 1'000'000;
// Levels of the tree. Deeper parts of a project are taken together with the last.
constexpr std::size_t tenant_depth_most = 4;

// The path that a job of this tenant and project belongs to: "lab" and "nlp" give "lab/nlp", and so
// do "lab" and "lab/nlp".
[[nodiscard]] std::string tenant_path(std::string_view tenant, std::string_view project);

// Fails: invalid, with the field: a path of one to four names, a weight from 1 to a million, device
// models each once, no guarantee above its limit, a budget above nothing.
[[nodiscard]] base::Status check_tenant(const Tenant& tenant);
// With its lists in order.
[[nodiscard]] Tenant tidied(Tenant tenant);

// The number of the period that `time` lies in, counted from 1970, and when it ends.
[[nodiscard]] std::int64_t period_at(Period period, base::Time time);
[[nodiscard]] base::Time period_end(Period period, std::int64_t number);

}  // namespace weir::model
