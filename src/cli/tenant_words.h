// Quotas and budgets as people write them: "nvidia-h100=8,cpus=64",
// "500h/week", "2000 CNY/month".
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/tenant.h"
#include "model/view.h"

namespace weir::cli {

// Each part names cpus, devices (of all models together) or a device model. Fails: invalid, naming
// the flag and the part.
[[nodiscard]] base::Result<model::Quota> read_quota(const std::vector<std::string>& parts,
                                                    const std::string& flag);
// Device time, money in CNY, or both with a comma; then `/`, and day, week or month. Fails:
// invalid.
[[nodiscard]] base::Result<model::Budget> read_budget(const std::string& text);

// The same back; "" for one that bounds nothing.
[[nodiscard]] std::string in_words(const model::Quota& quota);

// What is spent of a tenant's budget: "20h of 500h, 495.10 of 500 CNY/month"; "" without one.
[[nodiscard]] std::string budget_in_words(const model::TenantView& tenant);

}  // namespace weir::cli
