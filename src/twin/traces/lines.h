// The lines of a text one after the other, with their numbers.
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::twin::traces {

// A line ends at "\n" or "\r\n"; the last may end with the text. A byte order mark in front is not
// part of the first line.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }

  // Goes to the next line. Returns: false at the end of the text.
  [[nodiscard]] bool next() {
    if (rest_.empty()) return false;
    const std::size_t end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    ++number_;
    return true;
  }

  [[nodiscard]] std::string_view line() const { return line_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }  // from 1
  [[nodiscard]] bool is_blank() const {
    return line_.find_first_not_of(" \t") == std::string_view::npos;
  }

 private:
  std::string_view rest_;
  std::string_view line_;
  std::uint64_t number_ = 0;
};

}  // namespace weir::twin::traces
