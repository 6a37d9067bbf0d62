#include "backend/kubernetes/amounts.h"

#include <charconv>
#include <limits>
#include <utility>

namespace weir::backend::kubernetes {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

struct Scale {
  std::int64_t factor = 1;   // of thousandths, where it is not a division
  std::int64_t divisor = 1;  // of thousandths
};

std::optional<std::int64_t> power(std::int64_t base, int exponent) {
  std::int64_t result = 1;
  for (int i = 0; i < exponent; ++i) {
    if (result > most / base) return std::nullopt;
    result *= base;
  }
  return result;
}

// What one unit is worth in thousandths.
std::optional<Scale> scale_of(std::string_view suffix) {
  constexpr std::pair<std::string_view, Scale> small[] = {
      {"", {1000, 1}}, {"m", {1, 1}}, {"u", {1, 1000}}, {"n", {1, 1'000'000}}};
  for (const auto& [name, scale] : small) {
    if (suffix == name) return scale;
  }
  constexpr std::string_view large = "kMGTPE";
  if ((suffix.front() == 'e' || suffix.front() == 'E') && suffix.size() > 1) {
    int exponent = 0;
    const auto [end, error] =
        std::from_chars(suffix.data() + 1, suffix.data() + suffix.size(), exponent);
    if (error != std::errc{} || end != suffix.data() + suffix.size()) return std::nullopt;
    if (exponent < -3 || exponent > 15) return std::nullopt;
    return Scale{*power(10, exponent + 3), 1};
  }
  const bool is_binary = suffix.size() == 2 && suffix.back() == 'i';
  const char letter = is_binary && suffix.front() == 'K' ? 'k' : suffix.front();
  const std::size_t at = large.find(letter);
  if (at == std::string_view::npos || (suffix.size() > 1 && !is_binary)) return std::nullopt;
  if (is_binary && suffix.front() == 'k') return std::nullopt;
  const std::optional<std::int64_t> units =
      power(is_binary ? 1024 : 1000, static_cast<int>(at) + 1);
  if (!units || *units > most / 1000) return std::nullopt;
  return Scale{*units * 1000, 1};
}

struct Decimal {
  std::int64_t digits = 0;
  std::int64_t denominator = 1;
};

std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal number;
  bool any = false;
  bool after_point = false;
  while (!text.empty()) {
    const char c = text.front();
    if (c == '.' && !after_point) {
      after_point = true;
    } else if (c >= '0' && c <= '9') {
      if (number.digits > (most - 9) / 10 || number.denominator > most / 10) return std::nullopt;
      number.digits = number.digits * 10 + (c - '0');
      if (after_point) number.denominator *= 10;
      any = true;
    } else {
      break;
    }
    text.remove_prefix(1);
  }
  return any ? std::optional(number) : std::nullopt;
}

// digits × factor ÷ (denominator × divisor), in thousandths.
std::optional<std::int64_t> in_milli(std::string_view text, bool round_up) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const std::optional<Decimal> number = take_decimal(text);
  if (!number) return std::nullopt;
  const std::optional<Scale> scale = scale_of(text);
  if (!scale) return std::nullopt;
  __extension__ using Wide = unsigned __int128;
  const Wide divisor = static_cast<Wide>(number->denominator) * static_cast<Wide>(scale->divisor);
  const Wide whole = static_cast<Wide>(number->digits) * static_cast<Wide>(scale->factor);
  const Wide result = (whole + (round_up ? divisor - 1 : 0)) / divisor;
  if (result > static_cast<Wide>(most)) return std::nullopt;
  return static_cast<std::int64_t>(result);
}

}  // namespace

std::optional<std::int64_t> parse_milli_amount(std::string_view text) {
  return in_milli(text, true);
}

std::optional<std::int64_t> parse_amount(std::string_view text) {
  const std::optional<std::int64_t> milli = in_milli(text, false);
  return milli ? std::optional(*milli / 1000) : std::nullopt;
}

}  // namespace weir::backend::kubernetes
