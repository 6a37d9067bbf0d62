#include "base/random.h"

#include "base/check.h"

namespace weir::base {

std::uint64_t Random::next() {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

std::uint64_t Random::below(std::uint64_t limit) {
  WEIR_CHECK(limit > 0, "no number is below zero");
  // 2^64 is rarely a multiple of `limit`: the first 2^64 % limit values would make some results
  // more likely, so they are drawn again.
  const std::uint64_t unfair = (0 - limit) % limit;
  std::uint64_t drawn = next();
  while (drawn < unfair) drawn = next();
  return drawn % limit;
}

std::int64_t Random::between(std::int64_t least, std::int64_t most) {
  WEIR_CHECK(least <= most, "a range has its smaller end first");
  const std::uint64_t width = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
  const std::uint64_t offset = width == ~std::uint64_t{0} ? next() : below(width + 1);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + offset);
}

bool Random::chance(std::uint64_t numerator, std::uint64_t denominator) {
  return below(denominator) < numerator;
}

Random Random::fork() { return Random{next() ^ 0x6A09E667F3BCC909U}; }

}  // namespace weir::base
