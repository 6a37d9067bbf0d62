#include "cli/slurm/amounts.h"

#include <charconv>
#include <limits>
#include <string>
#include <vector>

namespace weir::cli::slurm {

using base::ErrorCode;
using base::Result;

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<std::optional<base::Duration>> parse_slurm_time(std::string_view text) {
  using Time = std::optional<base::Duration>;
  if (text == "UNLIMITED" || text == "INFINITE" || text == "0") return Time{};
  const auto bad = [&] {
    return base::fail(ErrorCode::invalid, "`" + std::string(text) + "` is no time", {},
                      "write it like 30 (minutes), 1:30:00 or 2-12:30:00");
  };
  std::int64_t days = 0;
  std::string_view rest = text;
  const std::size_t dash = rest.find('-');
  if (dash != std::string_view::npos) {
    const auto number = whole(rest.substr(0, dash));
    if (!number) return bad();
    days = *number;
    rest.remove_prefix(dash + 1);
  }
  std::vector<std::int64_t> parts;
  while (true) {
    const std::size_t colon = rest.find(':');
    const auto number = whole(rest.substr(0, colon));
    constexpr std::int64_t most = 1'000'000'000;
    if (!number || *number < 0 || *number > most) return bad();
    parts.push_back(*number);
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  constexpr std::int64_t most_days = 36'500;
  if (parts.size() > 3 || days < 0 || days > most_days) return bad();
  std::int64_t hours = 0;
  std::int64_t minutes = 0;
  std::int64_t seconds = 0;
  if (dash != std::string_view::npos) {  // days-hours:minutes:seconds
    hours = parts[0];
    if (parts.size() > 1) minutes = parts[1];
    if (parts.size() > 2) seconds = parts[2];
  } else if (parts.size() == 3) {
    hours = parts[0];
    minutes = parts[1];
    seconds = parts[2];
  } else {
    minutes = parts[0];
    if (parts.size() > 1) seconds = parts[1];
  }
  const base::Duration time = std::chrono::hours(24 * days + hours) +
                              std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
  if (time <= base::Duration(0)) return bad();
  return Time{time};
}

Result<std::int64_t> parse_slurm_memory(std::string_view text) {
  constexpr std::string_view units = "KMGT";
  std::string_view digits = text;
  std::size_t unit = 1;  // megabytes
  if (!digits.empty() && (digits.back() == 'B' || digits.back() == 'b')) digits.remove_suffix(1);
  if (!digits.empty()) {
    const char last = static_cast<char>(digits.back() & ~0x20);
    const std::size_t found = units.find(last);
    if (found != std::string_view::npos && last != 0) {
      unit = found;
      digits.remove_suffix(1);
    }
  }
  const auto number = whole(digits);
  const std::int64_t bytes = std::int64_t{1024} << (10 * unit);
  if (!number || *number < 1 || *number > std::numeric_limits<std::int64_t>::max() / bytes) {
    return base::fail(ErrorCode::invalid, "`" + std::string(text) + "` is no amount of memory", {},
                      "write it like 4000M or 16G");
  }
  return *number * bytes;
}

}  // namespace weir::cli::slurm
