#include "twin/draw.h"

#include <array>
#include <bit>

#include "base/check.h"

namespace weir::twin {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr int fraction_bits = 32;
constexpr std::uint64_t ln2_fixed = 2'977'044'472;  // ln 2 × 2^32

constexpr std::uint64_t square_root(Wide value) {
  Wide low = 0;
  Wide high = Wide{1} << 64U;
  while (high - low > 1) {
    const Wide middle = (low + high) / 2;
    (middle * middle <= value ? low : high) = middle;
  }
  return static_cast<std::uint64_t>(low);
}

// 2^(1/2), 2^(1/4), … with 62 bits behind the point.
constexpr auto roots_of_two = [] {
  std::array<std::uint64_t, fraction_bits> roots{};
  std::uint64_t root = std::uint64_t{2} << 62U;  // 2: does not fit a signed number, fits this one
  for (std::uint64_t& next : roots) {
    next = square_root(Wide{root} << 62U);
    root = next;
  }
  return roots;
}();

}  // namespace

std::int64_t log2_fixed(std::uint64_t value) {
  WEIR_CHECK(value > 0, "zero has no logarithm");
  const auto whole = static_cast<int>(std::bit_width(value)) - 1;
  // The rest as a number from 1 to below 2 with 63 bits behind the point, squared bit by bit.
  Wide rest = Wide{value} << static_cast<unsigned>(63 - whole);
  std::int64_t result = whole;
  for (int bit = 0; bit < fraction_bits; ++bit) {
    rest = (rest * rest) >> 63U;
    result *= 2;
    if (rest >> 64U != 0) {
      rest >>= 1U;
      ++result;
    }
  }
  return result;
}

std::int64_t power_of_two(std::int64_t exponent, std::int64_t unit) {
  constexpr std::int64_t most = std::int64_t{1} << 62U;
  const std::int64_t whole = exponent >> fraction_bits;
  Wide result = Wide{1} << 62U;
  for (int bit = 0; bit < fraction_bits; ++bit) {
    if ((exponent >> (fraction_bits - 1 - bit) & 1) == 0) continue;
    result = (result * roots_of_two[static_cast<std::size_t>(bit)]) >> 62U;
  }
  if (whole >= 62) return most;
  result = (result * static_cast<std::uint64_t>(unit)) >> static_cast<unsigned>(62 - whole);
  return result > static_cast<Wide>(most) ? most : static_cast<std::int64_t>(result);
}

base::Duration draw_exponential(base::Random& random, base::Duration mean) {
  // −ln of a number between 0 and 1: 64 bits that are not all zero, and the point before them.
  const std::uint64_t drawn = random.next() | 1U;
  const std::int64_t log2_of_inverse = (std::int64_t{64} << fraction_bits) - log2_fixed(drawn);
  const Wide ln = (static_cast<Wide>(log2_of_inverse) * ln2_fixed) >> fraction_bits;
  return base::Duration(
      static_cast<std::int64_t>((ln * static_cast<std::uint64_t>(mean.count())) >> fraction_bits));
}

std::int64_t draw_log_uniform(base::Random& random, std::int64_t least, std::int64_t most) {
  WEIR_CHECK(0 < least && least <= most, "a range of orders of magnitude");
  const std::int64_t low = log2_fixed(static_cast<std::uint64_t>(least));
  const std::int64_t high = log2_fixed(static_cast<std::uint64_t>(most));
  const std::int64_t drawn = power_of_two(random.between(low, high));
  return drawn < least ? least : drawn > most ? most : drawn;
}

std::size_t draw_weighted(base::Random& random, std::span<const std::uint64_t> weights) {
  std::uint64_t sum = 0;
  for (const std::uint64_t weight : weights) sum += weight;
  std::uint64_t left = random.below(sum);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (left < weights[i]) return i;
    left -= weights[i];
  }
  WEIR_CHECK(false, "some weight is not zero");
  return 0;
}

}  // namespace weir::twin
