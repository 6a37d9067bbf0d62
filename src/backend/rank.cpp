#include "backend/rank.h"

#include <charconv>

namespace weir::backend {
namespace {

// Reads the digits up to `until` (or the end, where it is 0) and takes them off `text`.
template <typename Number>
bool take_number(std::string_view& text, char until, Number& number) {
  const std::size_t end = until == 0 ? text.size() : text.find(until);
  if (end == std::string_view::npos || end == 0) return false;
  const std::string_view digits = text.substr(0, end);
  if (digits.size() > 1 && digits.front() == '0') return false;
  const auto [last, error] = std::from_chars(digits.begin(), digits.end(), number);
  if (error != std::errc{} || last != digits.end()) return false;
  text.remove_prefix(until == 0 ? end : end + 1);
  return true;
}

}  // namespace

std::string to_text(const RankKey& key) {
  return std::to_string(key.job) + "_" + std::to_string(key.task) + "." +
         std::to_string(key.attempt) + "." + std::to_string(key.rank);
}

base::Result<RankKey> parse_rank_key(std::string_view text) {
  std::string_view rest = text;
  RankKey key;
  if (take_number(rest, '_', key.job) && take_number(rest, '.', key.task) &&
      take_number(rest, '.', key.attempt) && take_number(rest, '\0', key.rank)) {
    return key;
  }
  return base::fail(base::ErrorCode::invalid, "\"" + std::string(text) + "\" is not a rank's key",
                    "", "a key looks like 42_7.1.0: job_task.attempt.rank");
}

}  // namespace weir::backend
