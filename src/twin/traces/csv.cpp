#include "twin/traces/csv.h"

#include <algorithm>

namespace weir::twin::traces {

CsvRows::CsvRows(std::string_view text, char separator) : text_(text), separator_(separator) {
  if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
}

bool CsvRows::at_line_end() const {
  return at_ == text_.size() || text_[at_] == '\n' ||
         (text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n'));
}

CsvRows::Next CsvRows::next() {
  fields_.clear();
  unquoted_.clear();
  if (at_ == text_.size()) return Next::end;
  line_ = ++lines_begun_;
  const std::size_t row_start = at_;
  bool blank = at_line_end();
  for (;;) {
    const bool quoted = at_ < text_.size() && text_[at_] == '"';
    if (quoted ? !read_quoted() : !read_plain()) {
      return give_up(quoted ? "a quote that never closes" : "a quote inside a field without quotes",
                     row_start);
    }
    if (at_line_end()) break;
    if (text_[at_] != separator_) return give_up("text after a closing quote", row_start);
    ++at_;
  }
  if (at_ < text_.size()) at_ += text_[at_] == '\r' ? 2U : 1U;
  at_ = std::min(at_, text_.size());
  return blank ? Next::blank : Next::row;
}

// Up to the separator or the line's end. Returns: false at a quote.
bool CsvRows::read_plain() {
  const std::size_t start = at_;
  while (!at_line_end() && text_[at_] != separator_) {
    if (text_[at_] == '"') return false;
    ++at_;
  }
  fields_.push_back(text_.substr(start, at_ - start));
  return true;
}

// From the opening quote to behind the closing one. Returns: false where there is none.
bool CsvRows::read_quoted() {
  std::size_t start = ++at_;
  std::string* whole = nullptr;
  for (;;) {
    const std::size_t quote = text_.find('"', at_);
    if (quote == std::string_view::npos) return false;
    lines_begun_ += static_cast<std::uint64_t>(
        std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                   text_.begin() + static_cast<std::ptrdiff_t>(quote), '\n'));
    at_ = quote + 1;
    if (at_ == text_.size() || text_[at_] != '"') {
      const std::string_view rest = text_.substr(start, quote - start);
      if (whole != nullptr) whole->append(rest);
      fields_.push_back(whole != nullptr ? std::string_view(*whole) : rest);
      return true;
    }
    if (whole == nullptr) whole = &unquoted_.emplace_back();
    whole->append(text_.substr(start, at_ - start));
    start = ++at_;
  }
}

CsvRows::Next CsvRows::give_up(const char* why, std::size_t row_start) {
  why_ = why;
  fields_.clear();
  lines_begun_ = line_;
  const std::size_t end = text_.find('\n', row_start);
  at_ = end == std::string_view::npos ? text_.size() : end + 1;
  return Next::fault;
}

}  // namespace weir::twin::traces
