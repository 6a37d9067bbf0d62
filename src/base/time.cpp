#include "base/time.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace weir::base {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t minute_us = 60 * second_us;
constexpr std::int64_t hour_us = 60 * minute_us;
constexpr std::int64_t day_us = 24 * hour_us;

struct UnitName {
  std::string_view name;
  std::int64_t us;
};
// Largest first: a text may go down this list only, so "30m1h" is not a duration.
constexpr std::array<UnitName, 6> units{
    {{"d", day_us}, {"h", hour_us}, {"m", minute_us}, {"s", second_us}, {"ms", 1'000}, {"us", 1}}};

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

std::string_view take_digits(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && is_digit(text[size])) ++size;
  const std::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

bool take(std::string_view& text, char letter) {
  if (text.empty() || text.front() != letter) return false;
  text.remove_prefix(1);
  return true;
}

// None: no digits, or more than 64 bits hold.
std::optional<std::int64_t> to_number(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return {};
  return value;
}

std::optional<std::int64_t> add_times(std::int64_t sum, std::int64_t count, std::int64_t us) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(count, us, &product)) return {};
  if (__builtin_add_overflow(sum, product, &sum)) return {};
  return sum;
}

// A part of a unit, given by the digits after the point. None: finer than a microsecond.
std::optional<std::int64_t> fraction_us(std::string_view digits, std::int64_t unit_us) {
  while (digits.ends_with('0')) digits.remove_suffix(1);
  std::int64_t sum = 0;
  for (const char digit : digits) {
    if (unit_us % 10 != 0) return {};
    unit_us /= 10;
    sum += (digit - '0') * unit_us;
  }
  return sum;
}

tl::unexpected<Error> bad_duration(std::string_view text) {
  return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no duration", {},
              "write it as 90s, 15m, 24h, 1h30m, 2d, 500ms, HH:MM:SS or D-HH:MM:SS");
}

// "MM:SS", "HH:MM:SS", "D-HH", "D-HH:MM", "D-HH:MM:SS".
std::optional<std::int64_t> parse_clock_form(std::string_view text) {
  std::int64_t sum = 0;
  const bool with_days = text.find('-') != std::string_view::npos;
  if (with_days) {
    const auto days = to_number(take_digits(text));
    if (!days || !take(text, '-')) return {};
    const auto whole = add_times(0, *days, day_us);
    if (!whole) return {};
    sum = *whole;
  }
  std::array<std::int64_t, 3> parts{};
  std::size_t count = 0;
  do {
    const auto part = to_number(take_digits(text));
    if (!part || count == parts.size()) return {};
    parts[count++] = *part;
  } while (take(text, ':'));
  if (!text.empty()) return {};
  std::int64_t unit = with_days || count == 3 ? hour_us : minute_us;
  for (std::size_t i = 0; i < count; ++i, unit /= 60) {
    // Only the first number may be more than its unit holds: "90:00" is an hour and a half.
    if ((i > 0 && parts[i] > 59) || (i == 0 && with_days && parts[i] > 23)) return {};
    const auto next = add_times(sum, parts[i], unit);
    if (!next) return {};
    sum = *next;
  }
  return sum;
}

// "1h30m", "1.5h", "90".
std::optional<std::int64_t> parse_unit_form(std::string_view text) {
  std::int64_t sum = 0;
  std::size_t first_unit = 0;
  do {
    const std::string_view digits = take_digits(text);
    const bool has_point = take(text, '.');
    const std::string_view fraction = has_point ? take_digits(text) : std::string_view{};
    const auto count = to_number(digits);
    if (!count || (has_point && fraction.empty())) return {};

    std::size_t letters = 0;
    while (letters < text.size() && !is_digit(text[letters])) ++letters;
    const std::string_view name = text.substr(0, letters);
    const bool bare = name.empty() && first_unit == 0 && text.empty();
    std::size_t unit = first_unit;
    while (unit < units.size() && units[unit].name != (bare ? "s" : name)) ++unit;
    if (unit == units.size()) return {};
    text.remove_prefix(letters);
    first_unit = unit + 1;

    const auto part = fraction_us(fraction, units[unit].us);
    const auto whole = add_times(sum, *count, units[unit].us);
    if (!part || !whole || __builtin_add_overflow(*whole, *part, &sum)) return {};
  } while (!text.empty());
  return sum;
}

void append_padded(std::string& out, std::int64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

std::uint64_t magnitude_us(Duration duration) {
  const auto bits = static_cast<std::uint64_t>(duration.count());
  return duration.count() < 0 ? 0 - bits : bits;
}

// Days since 1970-01-01 of a date of the Gregorian calendar, years before 0 included.
// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
constexpr std::int64_t days_from_date(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

struct Date {
  std::int64_t year, month, day;
};
// The way back; same source, civil_from_days.
constexpr Date date_from_days(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

// Takes exactly `width` digits that give a number from `least` to `most`.
std::optional<std::int64_t> take_field(std::string_view& text, std::size_t width,
                                       std::int64_t least, std::int64_t most) {
  const auto value = to_number(text.substr(0, width));
  if (text.size() < width || !is_digit(text.front()) || !value) return {};
  if (*value < least || *value > most) return {};
  text.remove_prefix(width);
  return value;
}

// Years of more than four digits are marked by a sign, as ISO 8601 does it.
std::optional<std::int64_t> take_year(std::string_view& text) {
  if (text.empty()) return {};
  if (is_digit(text.front())) return take_field(text, 4, 0, 9'999);
  const bool negative = text.front() == '-';
  if (!take(text, '+') && !take(text, '-')) return {};
  const std::string_view digits = take_digits(text);
  if (digits.size() < 4 || digits.size() > 6) return {};
  const auto year = to_number(digits);
  if (!year) return {};
  return negative ? -*year : *year;
}

// The days since 1970-01-01.
std::optional<std::int64_t> take_date(std::string_view& text) {
  const auto year = take_year(text);
  if (!year || !take(text, '-')) return {};
  const auto month = take_field(text, 2, 1, 12);
  if (!month || !take(text, '-')) return {};
  const auto day = take_field(text, 2, 1, 31);
  if (!day) return {};
  const std::int64_t days = days_from_date(*year, *month, *day);
  if (date_from_days(days).day != *day) return {};  // 30 February
  return days;
}

std::optional<std::int64_t> take_clock_us(std::string_view& text) {
  const auto hour = take_field(text, 2, 0, 23);
  if (!hour || !take(text, ':')) return {};
  const auto minute = take_field(text, 2, 0, 59);
  if (!minute) return {};
  std::int64_t us = *hour * hour_us + *minute * minute_us;
  if (!take(text, ':')) return us;
  const auto second = take_field(text, 2, 0, 60);  // 60: a leap second, the next minute's first
  if (!second) return {};
  us += *second * second_us;
  if (!take(text, '.')) return us;
  const std::string_view digits = take_digits(text);
  const auto part = fraction_us(digits.substr(0, 6), second_us);
  if (digits.empty() || !part) return {};
  return us + *part;
}

std::optional<std::int64_t> take_offset_us(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return 0;
  const bool negative = text.starts_with('-');
  if (!take(text, '+') && !take(text, '-')) return {};
  const auto hour = take_field(text, 2, 0, 23);
  if (!hour || !take(text, ':')) return {};
  const auto minute = take_field(text, 2, 0, 59);
  if (!minute) return {};
  const std::int64_t us = *hour * hour_us + *minute * minute_us;
  return negative ? -us : us;
}

std::optional<Time> read_time(std::string_view text) {
  const auto date = take_date(text);
  if (!date || (!take(text, 'T') && !take(text, 't') && !take(text, ' '))) return {};
  const auto clock = take_clock_us(text);
  if (!clock) return {};
  const auto offset = take_offset_us(text);
  if (!offset || !text.empty()) return {};
  // The first midnight of all lies before the first microsecond that 64 bits can count.
  const Wide us = static_cast<Wide>(*date) * day_us + *clock - *offset;
  using Limits = std::numeric_limits<std::int64_t>;
  if (us < Limits::min() || us > Limits::max()) return {};
  return time_from_us(static_cast<std::int64_t>(us));
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const bool clock_form = text.find_first_of(":-") != std::string_view::npos;
  const auto us = clock_form ? parse_clock_form(text) : parse_unit_form(text);
  if (!us) return bad_duration(text);
  return Duration(*us);
}

std::string format_duration(Duration duration) {
  const std::uint64_t magnitude = magnitude_us(duration);
  std::string out = duration.count() < 0 ? "-" : "";
  if (magnitude < static_cast<std::uint64_t>(minute_us)) {
    const auto us = static_cast<std::int64_t>(magnitude);
    out += std::to_string(us / second_us);
    const std::int64_t rest = us % second_us;
    if (rest != 0) out += '.';
    if (rest % 1'000 != 0) {
      append_padded(out, rest, 6);
    } else if (rest != 0) {
      append_padded(out, rest / 1'000, 3);
    }
    return out + "s";
  }
  std::size_t unit = 0;
  while (magnitude < static_cast<std::uint64_t>(units[unit].us)) ++unit;
  const auto larger = static_cast<std::uint64_t>(units[unit].us);
  const auto smaller = static_cast<std::uint64_t>(units[unit + 1].us);
  out += std::to_string(magnitude / larger) + std::string(units[unit].name);
  const std::uint64_t rest = magnitude % larger / smaller;
  if (rest != 0) out += std::to_string(rest) + std::string(units[unit + 1].name);
  return out;
}

std::string format_duration_exact(Duration duration) {
  std::uint64_t left = magnitude_us(duration);
  if (left == 0) return "0s";
  std::string out = duration.count() < 0 ? "-" : "";
  for (const UnitName& unit : units) {
    const auto us = static_cast<std::uint64_t>(unit.us);
    if (left >= us) out += std::to_string(left / us) + std::string(unit.name);
    left %= us;
  }
  return out;
}

Result<Time> parse_time(std::string_view text) {
  const auto time = read_time(text);
  if (!time) {
    return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no time", {},
                "write it as 2026-12-01T08:00:00+08:00, with the offset from UTC or Z");
  }
  return *time;
}

std::string format_time(Time time) {
  std::int64_t days = to_us(time) / day_us;
  std::int64_t us = to_us(time) % day_us;
  if (us < 0) {
    us += day_us;
    --days;
  }
  const Date date = date_from_days(days);
  std::string out;
  if (date.year < 0 || date.year > 9'999) out += date.year < 0 ? '-' : '+';
  append_padded(out, date.year < 0 ? -date.year : date.year, 4);
  out += '-';
  append_padded(out, date.month, 2);
  out += '-';
  append_padded(out, date.day, 2);
  out += 'T';
  append_padded(out, us / hour_us, 2);
  out += ':';
  append_padded(out, us % hour_us / minute_us, 2);
  out += ':';
  append_padded(out, us % minute_us / second_us, 2);
  const std::int64_t rest = us % second_us;
  if (rest != 0) out += '.';
  if (rest % 1'000 != 0) {
    append_padded(out, rest, 6);
  } else if (rest != 0) {
    append_padded(out, rest / 1'000, 3);
  }
  return out + "Z";
}

}  // namespace weir::base
