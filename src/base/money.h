// Amounts of money, in millionths of a CNY: whole numbers, so that sums are exact on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::base {

// A million million CNY. Twice as much is still far from the end of the numbers.
constexpr std::int64_t money_most_micro_cny = 1'000'000'000'000'000'000;

// Reads "500 CNY", "12.50 CNY", "0.000001CNY". Fails: invalid, no currency or another one, finer
// than a millionth, negative, more than a million million.
[[nodiscard]] Result<std::int64_t> parse_money(std::string_view text);
// The number alone: "500", "12.50", "0.000001". Exact, with two digits behind the point or none
// where that says all. Reads back as the same amount with " CNY" behind it.
[[nodiscard]] std::string format_amount(std::int64_t micro_cny);
// "12.50 CNY"
[[nodiscard]] std::string format_money(std::int64_t micro_cny);

}  // namespace weir::base
