#include "base/json.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/hash.h"
#include "base/utf8.h"

namespace weir::base {
namespace {

template <typename Number>
void append_digits(std::string& out, Number number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

// Letters that stand for themselves: everything but controls, quotes, backslash and what is not
// ASCII.
constexpr auto is_plain = [] {
  std::array<bool, 256> table{};
  for (std::size_t letter = 0x20; letter < 0x7F; ++letter) table[letter] = true;
  table['"'] = false;
  table['\\'] = false;
  return table;
}();

void append_escape(std::string& out, char letter) {
  switch (letter) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(letter);
  out += "\\u00";
  out += digits[value >> 4U];
  out += digits[value & 0xFU];
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain[static_cast<unsigned char>(text[plain])]) ++plain;
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    std::size_t size = utf8_front_size(text);
    if (size > 1) {
      out.append(text.data(), size);
    } else if (size == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD
      size = 1;
    } else {
      append_escape(out, text.front());
    }
    text.remove_prefix(size);
  }
  out += '"';
}

void append_json_number(std::string& out, std::int64_t number) { append_digits(out, number); }
void append_json_number(std::string& out, std::uint64_t number) { append_digits(out, number); }
void append_json_number(std::string& out, double number) {
  if (std::isfinite(number)) {
    append_digits(out, number);
  } else {
    out += "null";
  }
}

void append_json_time(std::string& out, Time time) {
  out += '"';
  out += format_time(time);
  out += '"';
}

void append_json_duration(std::string& out, Duration duration, Unit unit) {
  if (unit == Unit::microseconds) return append_digits(out, duration.count());
  if (unit != Unit::seconds) return append_json_text(out, format_duration_exact(duration));
  constexpr std::uint64_t us_per_second = 1'000'000;
  const auto bits = static_cast<std::uint64_t>(duration.count());
  const std::uint64_t us = duration.count() < 0 ? 0 - bits : bits;
  if (duration.count() < 0) out += '-';
  append_digits(out, us / us_per_second);
  if (us % us_per_second == 0) return;
  std::string fraction = std::to_string(us_per_second + us % us_per_second);
  fraction.front() = '.';
  while (fraction.back() == '0') fraction.pop_back();
  out += fraction;
}

void append_json_bytes(std::string& out, std::span<const std::byte> bytes) {
  out += '"';
  out += to_hex(bytes);
  out += '"';
}

}  // namespace weir::base
