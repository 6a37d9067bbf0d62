// A quantity over a time whose length nobody knows beforehand, in a bounded number of points.
//
// Points are as wide as one another. When there would be too many, neighbours are joined and all
// become twice as wide, so that what comes out depends on the values alone.
#pragma once

#include <cstdint>
#include <vector>

#include "twin/figures.h"

namespace weir::twin {

// What stands at one moment.
struct Load {
  std::int64_t waiting = 0;        // jobs
  std::int64_t running = 0;        // attempts
  std::int64_t devices_milli = 0;  // allocated
  std::int64_t cpus = 0;
};

class SeriesKeeper {
 public:
  static constexpr std::size_t points_max = 1024;

  // `load` held from the last call's time, the first one's `begin`, until `at`.
  // Requires: times do not go back.
  void hold_until(base::Duration at, const Load& load);
  [[nodiscard]] Series series() const;

 private:
  // Load × microseconds, each.
  struct Sum {
    double waiting = 0;
    double running = 0;
    double devices = 0;
    double cpus = 0;
    std::int64_t waiting_max = 0;
    std::int64_t covered_us = 0;
  };
  void widen();

  std::int64_t width_us_ = 1'000'000;
  std::int64_t at_us_ = 0;
  std::vector<Sum> sums_;
};

}  // namespace weir::twin
