#include "cli/shell_words.h"

#include <string_view>

namespace weir::cli {

namespace {

constexpr std::string_view plain_letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=/.,:@%";

bool is_plain(const std::string& word) {
  return !word.empty() && word.find_first_not_of(plain_letters) == std::string::npos;
}

}  // namespace

std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += R"('\'')";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string shell_line(const std::vector<std::string>& words) {
  if (words.size() == 1) return words.front();
  std::string line;
  for (const std::string& word : words)
    line += (line.empty() ? "" : " ") + (is_plain(word) ? word : quoted(word));
  return line;
}

}  // namespace weir::cli
