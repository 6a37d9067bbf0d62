#include "sense/text.h"

#include <algorithm>
#include <charconv>
#include <fstream>

namespace weir::sense {
namespace {

constexpr std::size_t longest_file = std::size_t{1} << 20;

template <typename Number>
std::optional<Number> parse_whole(std::string_view text, int radix) {
  Number number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, radix);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::string> read_text(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  // Files of sysfs and proc have no length of their own: read until they end.
  std::string text(longest_file + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return std::nullopt;
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > longest_file) return std::nullopt;
  const auto last = text.find_last_not_of(" \t\r\n");
  text.resize(last == std::string::npos ? 0 : last + 1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  while (true) {
    const auto end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t end = 0;
  while (true) {
    const auto begin = text.find_first_not_of(" \t", end);
    if (begin == std::string_view::npos) return words;
    end = std::min(text.find_first_of(" \t", begin), text.size());
    words.push_back(text.substr(begin, end - begin));
  }
}

std::optional<std::uint32_t> parse_hexadecimal(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  return parse_whole<std::uint32_t>(text, 16);
}

std::optional<std::int64_t> parse_decimal(std::string_view text) {
  return parse_whole<std::int64_t>(text, 10);
}

}  // namespace weir::sense
