// Rows of separated values by RFC 4180, strictly: what does not keep to it is a fault of that row,
// and the rows after it are still read.
//
// A field may stand in double quotes; then a doubled quote stands for one, and separators and line
// ends are part of it. A quote inside a field without quotes, text after a closing quote, and a
// quote that never closes are faults; reading goes on at the line after the one where the row
// began, so that a lost quote costs one row and not the file. Lines end in "\n" or "\r\n".
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::twin::traces {

class CsvRows {
 public:
  enum class Next : std::uint8_t { row, blank, fault, end };

  // Requires: `text` outlives this.
  explicit CsvRows(std::string_view text, char separator = ',');

  // Goes to the next row. `blank`: a line with nothing on it; `fault`: why() says what is wrong.
  [[nodiscard]] Next next();

  // Of the row that next() went to; valid until the next call of it.
  [[nodiscard]] std::span<const std::string_view> fields() const { return fields_; }
  [[nodiscard]] const std::string& why() const { return why_; }
  // The line where the row begins, from 1.
  [[nodiscard]] std::uint64_t line() const { return line_; }

 private:
  bool read_plain();
  bool read_quoted();
  bool at_line_end() const;
  Next give_up(const char* why, std::size_t row_start);

  std::string_view text_;
  std::size_t at_ = 0;
  char separator_;
  std::uint64_t line_ = 0;
  std::uint64_t lines_begun_ = 0;  // line ends passed so far
  std::vector<std::string_view> fields_;
  std::deque<std::string> unquoted_;  // fields in which a doubled quote became one
  std::string why_;
};

}  // namespace weir::twin::traces
