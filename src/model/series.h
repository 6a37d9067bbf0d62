// A value that changes in steps: the price or the carbon of a kilowatt hour, a limit of power.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/time.h"

namespace weir::model {

// The first value holds for `step` from `start` on, then the next. What was before `start` is as
// the first value. The unit is said where a series is used.
struct Series {
  static constexpr std::array<std::string_view, 1> required_fields{"values"};
  base::Time start{};
  base::Duration step = std::chrono::hours(1);
  std::vector<std::int64_t> values;
  // After the last value its last so long comes again and again, as a day's tariff does; left out:
  // nothing is known of what comes after.
  std::optional<base::Duration> repeats;

  friend bool operator==(const Series&, const Series&) = default;
};
WEIR_DESCRIBE(Series, start, step, values, repeats)

}  // namespace weir::model
