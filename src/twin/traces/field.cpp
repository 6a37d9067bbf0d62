#include "twin/traces/field.h"

#include <charconv>
#include <cmath>
#include <optional>

namespace weir::twin::traces {
namespace {

constexpr std::int64_t most_seconds = 94'670'856'000;  // 3,000 years

template <typename T>
std::optional<T> all_of(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

std::string_view without_zero_fraction(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == 0 || point == std::string_view::npos || point + 1 == text.size()) return text;
  const bool zero = text.find_first_not_of('0', point + 1) == std::string_view::npos;
  return zero ? text.substr(0, point) : text;
}

}  // namespace

tl::unexpected<base::Error> bad_field(const Field& field, const std::string& why) {
  return base::fail(base::ErrorCode::invalid, shown(field.text) + " " + why,
                    std::string(field.name));
}

std::string shown(std::string_view text) {
  constexpr std::size_t most = 60;
  std::string out = "`";
  for (const char c : text.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte >= 0x7f || c == '`' ? '?' : c;
  }
  return out + (text.size() > most ? "…`" : "`");
}

base::Result<std::int64_t> whole_number(const Field& field, std::int64_t least, std::int64_t most) {
  const auto value = all_of<std::int64_t>(without_zero_fraction(field.text));
  if (!value) return bad_field(field, "is no whole number");
  if (*value < least) return bad_field(field, "is below " + std::to_string(least));
  if (*value > most) return bad_field(field, "is above " + std::to_string(most));
  return *value;
}

base::Result<double> number(const Field& field) {
  const auto value = all_of<double>(field.text);
  if (!value || !std::isfinite(*value)) return bad_field(field, "is no number");
  return *value;
}

base::Result<base::Duration> duration_of(const Field& field, base::Duration unit) {
  const std::int64_t most = most_seconds * 1'000'000 / unit.count();
  if (const auto whole = all_of<std::int64_t>(without_zero_fraction(field.text))) {
    if (*whole < 0) return bad_field(field, "is below 0");
    if (*whole > most) return bad_field(field, "is more than 3,000 years");
    return base::Duration(*whole * unit.count());
  }
  const double value = WEIR_TRY(number(field));
  if (value < 0) return bad_field(field, "is below 0");
  if (value > static_cast<double>(most)) return bad_field(field, "is more than 3,000 years");
  return base::Duration(std::llround(value * static_cast<double>(unit.count())));
}

base::Result<base::Time> time_of(const Field& field) {
  constexpr std::size_t seconds_end = std::string_view("2020-06-09 18:41:01").size();
  std::string text(field.text);
  if (text.size() >= seconds_end) {
    if (text[10] == ' ') text[10] = 'T';
    if (text.find_first_of("Z+-", seconds_end) == std::string::npos) text += 'Z';
    if (const auto time = base::parse_time(text)) return *time;
  }
  return bad_field(field, "is no time; it should look like 2020-06-09 18:41:01");
}

}  // namespace weir::twin::traces
