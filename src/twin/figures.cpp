#include "twin/figures.h"

#include <algorithm>
#include <cstddef>

namespace weir::twin {

namespace {

// The smallest value that at least `percent` of a hundred do not exceed. Requires: sorted, some.
template <typename Value>
Value nearest_rank(const std::vector<Value>& sorted, std::size_t percent) {
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

DurationSpread spread_of(std::vector<base::Duration>& values) {
  DurationSpread spread;
  if (values.empty()) return spread;
  std::sort(values.begin(), values.end());
  spread.count = values.size();
  // Whole parts and remainders apart, so that the sum of a million long waits stays within bounds.
  const auto count = static_cast<std::int64_t>(values.size());
  std::int64_t whole = 0;
  std::int64_t rest = 0;
  for (const base::Duration value : values) {
    whole += value.count() / count;
    rest += value.count() % count;
  }
  spread.mean_s = base::Duration(whole + rest / count);
  spread.median_s = nearest_rank(values, 50);
  spread.p95_s = nearest_rank(values, 95);
  spread.p99_s = nearest_rank(values, 99);
  spread.max_s = values.back();
  return spread;
}

RatioSpread spread_of(std::vector<double>& values) {
  RatioSpread spread;
  if (values.empty()) return spread;
  std::sort(values.begin(), values.end());  // also gives the sum one order on every machine
  spread.count = values.size();
  double sum = 0;
  for (const double value : values) sum += value;
  spread.mean = sum / static_cast<double>(values.size());
  spread.median = nearest_rank(values, 50);
  spread.p95 = nearest_rank(values, 95);
  spread.p99 = nearest_rank(values, 99);
  spread.max = values.back();
  return spread;
}

}  // namespace weir::twin
