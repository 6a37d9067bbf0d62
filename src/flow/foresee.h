// What comes of a value that has a daily rhythm, from what has been.
//
// For each step: the mean of the same step on the days before, the nearer ones weighing more, plus
// what is different now, which fades. It errs less than persistence (that each hour is as a day
// before) where weather passes, and is as plain.
// Source: means of the same hours as the naive forecast of load and carbon: Hyndman &
//         Athanasopoulos 2021, "Forecasting: Principles and Practice", sections 5.2 and 8.1
//         (seasonal naive, exponential smoothing).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace weir::flow {

// The next `ahead` steps after `past`, whose last value is the present one; a day has `day` steps.
// With less than a day known, all that comes is as the last value.
// Requires: past is not empty, day > 0. Cost: ahead × a week's days.
[[nodiscard]] std::vector<std::int64_t> foreseen(std::span<const std::int64_t> past,
                                                 std::size_t day, std::size_t ahead);

}  // namespace weir::flow
