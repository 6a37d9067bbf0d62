// Random quantities on whole numbers alone, so that every machine and compiler draws the same.
//
// Logarithms and powers are fixed point with 32 bits behind the point (errors below one in 2^30),
// as libraries' log and exp differ in the last digit from one to the next.
#pragma once

#include <cstdint>
#include <span>

#include "base/random.h"
#include "base/time.h"

namespace weir::twin {

// Binary logarithm and power; numbers below have 32 bits behind the point.
// Requires: value > 0.
[[nodiscard]] std::int64_t log2_fixed(std::uint64_t value);
// 2^exponent × `unit`, cut off at 2^62. Requires: 0 <= exponent.
[[nodiscard]] std::int64_t power_of_two(std::int64_t exponent, std::int64_t unit = 1);

// The time until the next of events that come by chance, so long apart on average.
[[nodiscard]] base::Duration draw_exponential(base::Random& random, base::Duration mean);

// A number between the two, small ones as likely as large ones by their order of magnitude.
// Requires: 0 < least <= most.
[[nodiscard]] std::int64_t draw_log_uniform(base::Random& random, std::int64_t least,
                                            std::int64_t most);

// An index, each as likely as its weight says. Requires: not all are zero.
[[nodiscard]] std::size_t draw_weighted(base::Random& random,
                                        std::span<const std::uint64_t> weights);

}  // namespace weir::twin
