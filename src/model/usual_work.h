// What is usually asked for: requests of one rank, and how many ranks ask for each.
#pragma once

#include <cstdint>
#include <vector>

#include "base/describe.h"
#include "base/result.h"
#include "model/job.h"

namespace weir::model {

// Ranks that ask for the same.
struct UsualDemand {
  std::vector<ResourceOption> options;  // amounts alone, of one rank
  std::int64_t ranks = 0;

  friend bool operator==(const UsualDemand&, const UsualDemand&) = default;
};
WEIR_DESCRIBE(UsualDemand, options, ranks)

inline constexpr std::size_t usual_demands_most = 256;
// Fails: invalid: more demands than may be told, or one that asks for nothing or for no rank.
[[nodiscard]] base::Status check_usual_work(const std::vector<UsualDemand>& usual);

}  // namespace weir::model
