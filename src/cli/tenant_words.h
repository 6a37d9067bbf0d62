// Quotas and budgets as people write them: "nvidia-h100=8,cpus=64", "500h/week".
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/tenant.h"

namespace weir::cli {

// Each part names cpus, devices (of all models together) or a device model. Fails: invalid, naming
// the flag and the part.
[[nodiscard]] base::Result<model::Quota> read_quota(const std::vector<std::string>& parts,
                                                    const std::string& flag);
// Device time, `/`, and day, week or month. Fails: invalid.
[[nodiscard]] base::Result<model::Budget> read_budget(const std::string& text);

// The same back; "" for one that bounds nothing.
[[nodiscard]] std::string in_words(const model::Quota& quota);

}  // namespace weir::cli
