#include "base/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <vector>

#include "base/document.h"

namespace weir::base {
namespace {

constexpr std::int64_t most_bytes = std::int64_t{1} << 62;
constexpr std::string_view size_letters = "KMGTPE";

tl::unexpected<Error> bad_bytes(std::string_view text) {
  return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no size", {},
              "write it as 256GiB, 512MiB, 1.5TiB, 500GB or a number of bytes");
}

char upper(char letter) {
  return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

// The bytes of a unit as written, or 0: "" and "B" are 1; "G", "Gi", "GiB" 2^30; "GB" 10^9.
std::int64_t unit_bytes(std::string_view unit) {
  if (unit.empty() || unit == "B") return 1;
  const std::size_t power = size_letters.find(upper(unit.front()));
  if (power == std::string_view::npos) return 0;
  const std::string_view rest = unit.substr(1);
  const bool decimal = rest == "B" || rest == "b";
  if (!decimal && !rest.empty() && rest != "i" && rest != "iB") return 0;
  std::int64_t bytes = 1;
  for (std::size_t i = 0; i <= power; ++i) bytes *= decimal ? 1'000 : 1'024;
  return bytes;
}

// The largest unit that divides `bytes`, so that nothing is lost.
std::string exact_bytes(std::int64_t bytes) {
  std::size_t power = 0;
  while (bytes != 0 && bytes % 1'024 == 0 && power < size_letters.size()) {
    bytes /= 1'024;
    ++power;
  }
  std::string out = std::to_string(bytes);
  if (power > 0) {
    out += size_letters[power - 1];
    out += "iB";
  }
  return out;
}

template <typename R>
Result<R> read_range(const Document& document,
                     Result<std::int64_t> (*parse_number)(std::string_view)) {
  const bool scalar = document.is(DocumentKind::text) || document.is(DocumentKind::integer);
  if (!scalar) {
    return fail(ErrorCode::invalid, "is " + std::string(document.kind_name()) +
                                        ", expected a number or a range such as 32+ or 16..64");
  }
  const Range range = WEIR_TRY(parse_range(document.text(), parse_number));
  return R{range.least, range.most};
}

template <typename R>
std::string range_text(const R& range, std::string (*number_text)(std::int64_t)) {
  if (!range.most) return number_text(range.least) + "+";
  if (*range.most == range.least) return number_text(range.least);
  return number_text(range.least) + ".." + number_text(*range.most);
}

}  // namespace

Result<std::int64_t> parse_bytes(std::string_view text) {
  std::uint64_t whole = 0;
  const char* const end = text.data() + text.size();
  auto [next, error] = std::from_chars(text.data(), end, whole);
  if (error != std::errc{}) return bad_bytes(text);
  std::string_view fraction;
  if (next != end && *next == '.') {
    const char* const first = ++next;
    while (next != end && *next >= '0' && *next <= '9') ++next;
    fraction = {first, static_cast<std::size_t>(next - first)};
    if (fraction.empty()) return bad_bytes(text);
  }
  if (next != end && *next == ' ') ++next;
  const std::string_view unit(next, static_cast<std::size_t>(end - next));
  const std::int64_t factor = unit_bytes(unit);
  if (factor == 0 || (factor == 1 && !fraction.empty())) return bad_bytes(text);

  std::int64_t bytes = 0;
  if (whole > static_cast<std::uint64_t>(most_bytes) ||
      __builtin_mul_overflow(static_cast<std::int64_t>(whole), factor, &bytes) ||
      bytes > most_bytes) {
    return fail(ErrorCode::invalid, "`" + std::string(text) + "` is more than 4 EiB");
  }
  // Digits are worth less and less; what is under one byte is dropped.
  std::int64_t rest = 0;
  std::int64_t scale = 1;
  for (const char digit : fraction.substr(0, 9)) {
    rest = rest * 10 + (digit - '0');
    scale *= 10;
  }
  bytes += factor / scale * rest + factor % scale * rest / scale;
  if (bytes > most_bytes) {
    return fail(ErrorCode::invalid, "`" + std::string(text) + "` is more than 4 EiB");
  }
  return bytes;
}

std::string format_bytes(std::int64_t bytes) {
  if (bytes < 0)
    return "-" + format_bytes(bytes == std::numeric_limits<std::int64_t>::min()
                                  ? std::numeric_limits<std::int64_t>::max()
                                  : -bytes);
  std::int64_t unit = 1;
  std::size_t power = 0;
  while (power < size_letters.size() && bytes / unit >= 1'024) {
    unit *= 1'024;
    ++power;
  }
  std::string out = std::to_string(bytes / unit);
  if (power > 0) {
    const std::int64_t tenth = bytes % unit / (unit / 1'024) * 10 / 1'024;
    if (tenth != 0) out += "." + std::to_string(tenth);
    out += size_letters[power - 1];
    out += 'i';
  }
  return out + "B";
}

namespace {

// An amount in the largest of its units that leaves at least one of it; each is 1,000 of the one
// before.
std::string in_thousands(std::int64_t amount, std::span<const std::string_view> units) {
  if (amount < 0)
    return "-" + in_thousands(-std::max(amount, -std::numeric_limits<std::int64_t>::max()), units);
  std::int64_t unit = 1;
  std::size_t power = 0;
  while (power + 1 < units.size() && amount / unit >= 1'000) {
    unit *= 1'000;
    ++power;
  }
  std::string out = std::to_string(amount / unit);
  const std::int64_t rest = power > 0 ? amount % unit / (unit / 1'000) : 0;
  const std::string behind =
      std::to_string(1'000 + rest).substr(1, out.size() < 3 ? 3 - out.size() : 0);
  const std::size_t last = behind.find_last_not_of('0');
  if (last != std::string::npos) out += "." + behind.substr(0, last + 1);
  return out + " " + std::string(units[power]);
}

}  // namespace

std::string format_mass(std::int64_t milligrams) {
  constexpr std::array<std::string_view, 5> units{"mg", "g", "kg", "t", "kt"};
  return in_thousands(milligrams, units);
}

std::string format_energy(std::int64_t joules) {
  constexpr std::int64_t joules_per_watt_hour = 3'600;
  constexpr std::array<std::string_view, 4> units{"Wh", "kWh", "MWh", "GWh"};
  if (joules > -joules_per_watt_hour && joules < joules_per_watt_hour) {
    return std::to_string(joules) + " J";
  }
  return in_thousands(joules / joules_per_watt_hour, units);
}

Result<std::int64_t> parse_count(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || next != end || value < 0) {
    return fail(ErrorCode::invalid, "`" + std::string(text) + "` is no whole number of 0 or more");
  }
  return value;
}

Result<Range> parse_range(std::string_view text,
                          Result<std::int64_t> (*parse_number)(std::string_view)) {
  const std::size_t dots = text.find("..");
  if (dots != std::string_view::npos) {
    const std::int64_t least = WEIR_TRY(parse_number(text.substr(0, dots)));
    const std::int64_t most = WEIR_TRY(parse_number(text.substr(dots + 2)));
    if (most < least) {
      return fail(ErrorCode::invalid,
                  "`" + std::string(text) + "` is a range whose end is below its start");
    }
    return Range{least, most};
  }
  if (text.ends_with('+')) {
    return Range{WEIR_TRY(parse_number(text.substr(0, text.size() - 1))), std::nullopt};
  }
  const std::int64_t exactly = WEIR_TRY(parse_number(text));
  return Range{exactly, exactly};
}

std::string text_of(const Range& range) {
  return range_text(range, [](std::int64_t number) { return std::to_string(number); });
}
std::string text_of(const SizeRange& range) { return range_text(range, exact_bytes); }

Result<Range> read_value(const Document& document, std::type_identity<Range>) {
  return read_range<Range>(document, parse_count);
}
Result<SizeRange> read_value(const Document& document, std::type_identity<SizeRange>) {
  return read_range<SizeRange>(document, parse_bytes);
}

std::string schema_of(std::type_identity<Range>) {
  return R"({"type":["string","integer"],"description":)"
         R"("a number, at least one, or from one to another","examples":["32","32+","16..64"]})";
}
std::string schema_of(std::type_identity<SizeRange>) {
  return R"({"type":["string","integer"],"description":)"
         R"("a size, at least one, or from one to another; a bare number is bytes",)"
         R"("examples":["256GiB","256GiB+","64GiB..128GiB"]})";
}

// Three rows of the table at a time: a swap looks two rows back.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({change, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace weir::base
