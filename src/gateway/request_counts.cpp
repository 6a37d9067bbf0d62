#include "gateway/request_counts.h"

#include <algorithm>

namespace weir::gateway {

std::size_t RequestCounts::row_of(const Route* route) const {
  const std::size_t row =
      route == nullptr ? routes_.size() : static_cast<std::size_t>(route - routes_.data());
  return row * statuses.size();
}

void RequestCounts::add(const Route* route, unsigned status, base::Duration took) {
  add_stream(route, status);
  durations_.add(took);
}

void RequestCounts::add_stream(const Route* route, unsigned status) {
  const auto* at = std::ranges::find(statuses, status);
  const auto column =
      std::min<std::size_t>(static_cast<std::size_t>(at - statuses.begin()), statuses.size() - 1);
  counts_[row_of(route) + column].fetch_add(1, std::memory_order_relaxed);
}

RequestCounts::OfRoute RequestCounts::of(const Route* route) const {
  OfRoute counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i] = counts_[row_of(route) + i].load(std::memory_order_relaxed);
  }
  return counts;
}

}  // namespace weir::gateway
