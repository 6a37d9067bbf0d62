#include "twin/series.h"

#include <algorithm>

#include "model/job.h"

namespace weir::twin {

void SeriesKeeper::widen() {
  const std::size_t half = (sums_.size() + 1) / 2;
  for (std::size_t i = 0; i < half; ++i) {
    Sum sum = sums_[2 * i];
    if (2 * i + 1 < sums_.size()) {
      const Sum& next = sums_[2 * i + 1];
      sum.waiting += next.waiting;
      sum.running += next.running;
      sum.devices += next.devices;
      sum.cpus += next.cpus;
      sum.waiting_max = std::max(sum.waiting_max, next.waiting_max);
      sum.covered_us += next.covered_us;
    }
    sums_[i] = sum;
  }
  sums_.resize(half);
  width_us_ *= 2;
}

void SeriesKeeper::hold_until(base::Duration at, const Load& load) {
  const std::int64_t end = at.count();
  while (end > width_us_ * static_cast<std::int64_t>(points_max)) widen();
  while (at_us_ < end) {
    const auto point = static_cast<std::size_t>(at_us_ / width_us_);
    if (sums_.size() <= point) sums_.resize(point + 1);
    const std::int64_t until = std::min(end, (static_cast<std::int64_t>(point) + 1) * width_us_);
    const auto length = static_cast<double>(until - at_us_);
    Sum& sum = sums_[point];
    sum.waiting += static_cast<double>(load.waiting) * length;
    sum.running += static_cast<double>(load.running) * length;
    sum.devices += static_cast<double>(load.devices_milli) / model::whole_device_milli * length;
    sum.cpus += static_cast<double>(load.cpus) * length;
    sum.waiting_max = std::max(sum.waiting_max, load.waiting);
    sum.covered_us += until - at_us_;
    at_us_ = until;
  }
}

Series SeriesKeeper::series() const {
  Series series;
  series.width_s = base::Duration(width_us_);
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const Sum& sum = sums_[i];
    const double length = std::max(static_cast<double>(sum.covered_us), 1.0);
    SeriesPoint point;
    point.at_s = base::Duration(static_cast<std::int64_t>(i) * width_us_);
    point.waiting = sum.waiting / length;
    point.waiting_max = static_cast<std::uint64_t>(sum.waiting_max);
    point.running = sum.running / length;
    point.devices = sum.devices / length;
    point.cpus = sum.cpus / length;
    series.points.push_back(point);
  }
  return series;
}

}  // namespace weir::twin
