#include "backend/slurm/host_list.h"

#include <charconv>
#include <cstdint>
#include <utility>

namespace weir::backend::slurm {
namespace {

constexpr std::size_t digits_max = 9;
constexpr std::size_t name_bytes_max = 1024;

base::Result<std::uint32_t> number_of(std::string_view digits) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value);
  if (digits.size() > digits_max || error != std::errc{} || end != digits.end()) {
    return base::fail(base::ErrorCode::invalid,
                      "\"" + std::string(digits.substr(0, 40)) + "\" is no number of a node");
  }
  return value;
}

// "01-03,7" → 01, 02, 03, 7
base::Result<std::vector<std::string>> numbers_of(std::string_view ranges) {
  std::vector<std::string> numbers;
  while (true) {
    const std::size_t comma = ranges.find(',');
    const std::string_view range = ranges.substr(0, comma);
    const std::size_t dash = range.find('-');
    const std::string_view first = range.substr(0, dash);
    const std::string_view last = dash == std::string_view::npos ? first : range.substr(dash + 1);
    const std::uint32_t from = WEIR_TRY(number_of(first));
    const std::uint32_t to = WEIR_TRY(number_of(last));
    if (to < from) return base::fail(base::ErrorCode::invalid, "a range of nodes runs backwards");
    if (numbers.size() + (to - from) >= hosts_max) {
      return base::fail(base::ErrorCode::too_large, "a list of nodes is too long");
    }
    for (std::uint32_t number = from; number <= to; ++number) {
      std::string digits = std::to_string(number);
      if (digits.size() < first.size()) digits.insert(0, first.size() - digits.size(), '0');
      numbers.push_back(std::move(digits));
    }
    if (comma == std::string_view::npos) return numbers;
    ranges.remove_prefix(comma + 1);
  }
}

// Puts every ending behind every beginning.
base::Status append_all(std::vector<std::string>& names, const std::vector<std::string>& endings) {
  std::vector<std::string> longer;
  if (names.size() * endings.size() > hosts_max) {
    return base::fail(base::ErrorCode::too_large, "a list of nodes is too long");
  }
  longer.reserve(names.size() * endings.size());
  for (const std::string& name : names) {
    for (const std::string& ending : endings) {
      if (name.size() + ending.size() > name_bytes_max) {
        return base::fail(base::ErrorCode::too_large, "the name of a node is too long");
      }
      longer.push_back(name + ending);
    }
  }
  names = std::move(longer);
  return {};
}

}  // namespace

base::Result<std::vector<std::string>> expand_host_list(std::string_view text) {
  std::vector<std::string> all;
  std::vector<std::string> names = {""};
  const auto finish = [&]() -> base::Status {
    if (all.size() + names.size() > hosts_max) {
      return base::fail(base::ErrorCode::too_large, "a list of nodes is too long");
    }
    for (std::string& name : names) {
      if (!name.empty()) all.push_back(std::move(name));
    }
    names = {""};
    return {};
  };
  while (!text.empty()) {
    const std::size_t at = text.find_first_of("[],");
    WEIR_TRY_STATUS(append_all(names, {std::string(text.substr(0, at))}));
    if (at == std::string_view::npos) break;
    const char mark = text[at];
    text.remove_prefix(at + 1);
    if (mark == ',') {
      WEIR_TRY_STATUS(finish());
      continue;
    }
    const std::size_t close = text.find(']');
    if (mark == ']' || close == std::string_view::npos) {
      return base::fail(base::ErrorCode::invalid, "brackets in a list of nodes do not match");
    }
    WEIR_TRY_STATUS(append_all(names, WEIR_TRY(numbers_of(text.substr(0, close)))));
    text.remove_prefix(close + 1);
  }
  WEIR_TRY_STATUS(finish());
  return all;
}

}  // namespace weir::backend::slurm
