#include "base/money.h"

#include <algorithm>

namespace weir::base {

namespace {

constexpr std::int64_t micro_per_cny = 1'000'000;
constexpr std::size_t digits_most = 6;

tl::unexpected<Error> no_money(std::string_view text) {
  return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no amount of money", {},
              "write it as 500 CNY or 12.50 CNY");
}

std::string_view leading_digits(std::string_view text) {
  return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
}

}  // namespace

Result<std::int64_t> parse_money(std::string_view text) {
  const std::string_view whole = leading_digits(text);
  std::string_view rest = text.substr(whole.size());
  std::string_view fraction;
  if (rest.starts_with('.')) {
    fraction = leading_digits(rest.substr(1));
    if (fraction.empty()) return no_money(text);
    rest.remove_prefix(1 + fraction.size());
  }
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  if (whole.empty()) return no_money(text);
  if (rest != "CNY") {
    const bool is_other =
        rest.size() == 3 && std::all_of(rest.begin(), rest.end(),
                                        [](char letter) { return letter >= 'A' && letter <= 'Z'; });
    if (!is_other) return no_money(text);
    return fail(ErrorCode::invalid, "`" + std::string(text) + "` is not in CNY", {},
                "amounts are kept in CNY alone: write it as 500 CNY");
  }
  if (fraction.size() > digits_most) {
    return fail(ErrorCode::invalid,
                "`" + std::string(text) + "` is finer than a millionth of a CNY", {},
                "at most six digits stand behind the point");
  }
  std::int64_t micro = 0;
  for (const char digit : whole) {
    // Checked at each digit, so that no text is too long for the number.
    if (micro > money_most_micro_cny / micro_per_cny) break;
    micro = micro * 10 + (digit - '0');
  }
  if (micro > money_most_micro_cny / micro_per_cny) {
    return fail(ErrorCode::invalid,
                "`" + std::string(text) + "` is more than a million million CNY");
  }
  micro *= micro_per_cny;
  std::int64_t unit = micro_per_cny;
  for (const char digit : fraction) micro += (digit - '0') * (unit /= 10);
  if (micro > money_most_micro_cny) {
    return fail(ErrorCode::invalid,
                "`" + std::string(text) + "` is more than a million million CNY");
  }
  return micro;
}

std::string format_amount(std::int64_t micro_cny) {
  // The magnitude of the least number is no number of its type.
  const std::uint64_t magnitude = micro_cny < 0 ? 0 - static_cast<std::uint64_t>(micro_cny)
                                                : static_cast<std::uint64_t>(micro_cny);
  std::string out = micro_cny < 0 ? "-" : "";
  out += std::to_string(magnitude / micro_per_cny);
  const std::uint64_t below = magnitude % micro_per_cny;
  if (below == 0) return out;
  std::string digits = std::to_string(below);
  digits.insert(0, digits_most - digits.size(), '0');
  while (digits.size() > 2 && digits.ends_with('0')) digits.pop_back();
  return out + "." + digits;
}

std::string format_money(std::int64_t micro_cny) { return format_amount(micro_cny) + " CNY"; }

}  // namespace weir::base
