// Counts of durations by size, as Prometheus draws them: cheap to add to from any thread.
//
// The bounds are the same everywhere, so that histograms of two servers can be added.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace weir::gateway {

// Upper bounds in microseconds; what is larger than the last falls into one more count.
inline constexpr std::array<std::int64_t, 14> histogram_bounds_us{
    100,    250,    500,     1'000,   2'500,     5'000,     10'000,
    25'000, 50'000, 100'000, 250'000, 1'000'000, 5'000'000, 30'000'000};

struct HistogramCounts {
  std::array<std::uint64_t, histogram_bounds_us.size() + 1> counts{};  // of each bucket alone
  std::int64_t sum_us = 0;
};

class Histogram {
 public:
  void add(base::Duration duration) {
    std::size_t bucket = 0;
    while (bucket < histogram_bounds_us.size() &&
           base::to_us(duration) > histogram_bounds_us[bucket]) {
      ++bucket;
    }
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_us_.fetch_add(base::to_us(duration), std::memory_order_relaxed);
  }

  [[nodiscard]] HistogramCounts counts() const {
    HistogramCounts now;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      now.counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    now.sum_us = sum_us_.load(std::memory_order_relaxed);
    return now;
  }

 private:
  std::array<std::atomic<std::uint64_t>, histogram_bounds_us.size() + 1> counts_{};
  std::atomic<std::int64_t> sum_us_{0};
};

}  // namespace weir::gateway
