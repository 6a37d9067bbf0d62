// A generator that is a value: small enough to sit in the engine's state, the same numbers on every
// machine and compiler, and no floating point in its interface (chances are ratios).
//
// It is for choices and simulated worlds, not for secrets.
// Source: SplitMix64, Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/describe.h"

namespace weir::base {

struct Random {
  std::uint64_t state = 0;

  // Any 64 bits, each value equally likely.
  [[nodiscard]] std::uint64_t next();
  // A number from 0 to `limit` - 1, each equally likely. Requires: limit > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit);
  // A number from `least` to `most`, both included. Requires: least <= most.
  [[nodiscard]] std::int64_t between(std::int64_t least, std::int64_t most);
  // True in `numerator` of `denominator` cases. Requires: denominator > 0.
  [[nodiscard]] bool chance(std::uint64_t numerator, std::uint64_t denominator);
  // Another generator whose numbers have nothing to do with the ones to come from this.
  [[nodiscard]] Random fork();
  // Each order equally likely.
  template <typename T>
  void shuffle(std::span<T> items);

  friend bool operator==(const Random&, const Random&) = default;
};
WEIR_DESCRIBE(Random, state)

template <typename T>
void Random::shuffle(std::span<T> items) {
  for (std::size_t left = items.size(); left > 1; --left) {
    using std::swap;
    swap(items[left - 1], items[static_cast<std::size_t>(below(left))]);
  }
}

}  // namespace weir::base
