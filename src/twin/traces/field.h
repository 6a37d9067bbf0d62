// Single fields of other people's traces: numbers and times, with a fault that says what was there.
//
// Each fails with `invalid`: the field's name, what it holds, and what it should hold. Whole
// numbers are taken as they are, and also as Python writes them ("4.0").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace weir::twin::traces {

// What any count of processors, devices or nodes in a trace is held to.
inline constexpr std::int64_t most_units = 1'000'000;

struct Field {
  std::string_view name;
  std::string_view text;
};

// A fault of that field: "`-3` is below 0".
[[nodiscard]] tl::unexpected<base::Error> bad_field(const Field& field, const std::string& why);
// The first 60 characters of a stranger's text, between backticks, fit to print.
[[nodiscard]] std::string shown(std::string_view text);

[[nodiscard]] base::Result<std::int64_t> whole_number(const Field& field, std::int64_t least,
                                                      std::int64_t most);
// A finite number.
[[nodiscard]] base::Result<double> number(const Field& field);
// So many units, to the nearest microsecond. Fails also: below 0, above 3,000 years.
[[nodiscard]] base::Result<base::Duration> duration_of(
    const Field& field, base::Duration unit = base::Duration(1'000'000));
// "2020-06-09 18:41:01", also with "T", a fraction, and "+08:00" or "Z" behind it; without a zone
// it is taken as UTC, since only distances between such times are used.
[[nodiscard]] base::Result<base::Time> time_of(const Field& field);

}  // namespace weir::twin::traces
