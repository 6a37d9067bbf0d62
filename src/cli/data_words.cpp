#include "cli/data_words.h"

#include <array>
#include <charconv>

namespace weir::cli {

using base::ErrorCode;
using base::fail;

namespace {

bool read_whole(std::string_view text, std::uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

// A time, or a day: its beginning in UTC.
base::Result<base::Time> read_until(const std::string& text) {
  constexpr std::size_t day_letters = std::string_view("2027-06-01").size();
  return base::parse_time(text.size() == day_letters ? text + "T00:00:00Z" : text);
}

// The number with one digit behind the point where there is one, rounded down.
std::string one_digit(std::int64_t value, std::int64_t unit) {
  const std::int64_t tenths = value / (unit / 10) % 10;
  return std::to_string(value / unit) + (tenths == 0 ? "" : "." + std::to_string(tenths));
}

}  // namespace

base::Result<model::DatasetVersion> read_dataset_name(const std::string& text) {
  const std::size_t at = text.find('@');
  model::DatasetVersion which{text.substr(0, at), 0};
  const bool good =
      at == std::string::npos ||
      (read_whole(std::string_view(text).substr(at + 1), which.version) && which.version > 0);
  if (good && !which.name.empty()) return which;
  return fail(ErrorCode::invalid, "`" + text + "` is no dataset", "",
              "write it like corpus, or corpus@3 for its version 3");
}

base::Result<model::ReplicaRule> read_rule(const std::string& text) {
  const auto refused = [&](std::string message) {
    return fail(ErrorCode::invalid, std::move(message), "--rule",
                "write it like `2`, `2 in west` or `1 in CN until 2027-06-01`");
  };
  model::ReplicaRule rule;
  std::string rest = text;
  if (const std::size_t until = rest.find(" until "); until != std::string::npos) {
    const std::string time = rest.substr(until + std::string_view(" until ").size());
    const auto read = read_until(time);
    if (!read) return refused("`" + time + "` is no day and no time");
    rule.until = *read;
    rest.resize(until);
  }
  if (const std::size_t in = rest.find(" in "); in != std::string::npos) {
    rule.region = rest.substr(in + std::string_view(" in ").size());
    rest.resize(in);
    if (rule.region.empty()) return refused("`" + text + "` names no region");
  }
  if (read_whole(rest, rule.replicas) && rule.replicas > 0) return rule;
  return refused("`" + text + "` is no rule");
}

std::string in_words(const model::ReplicaRule& rule) {
  std::string text = std::to_string(rule.replicas);
  if (!rule.region.empty()) text += " in " + rule.region;
  if (rule.until) text += " until " + base::format_time(*rule.until);
  return text;
}

model::InputForm read_input(const std::string& text) {
  const std::size_t colon = text.find(':');
  return {text.substr(0, colon), colon == std::string::npos ? "" : text.substr(colon + 1)};
}

base::Result<model::OutputForm> read_output(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos && colon > 0 && colon + 1 < text.size()) {
    return model::OutputForm{text.substr(0, colon), text.substr(colon + 1)};
  }
  return fail(ErrorCode::invalid, "`" + text + "` names no path and dataset", "--output",
              "write --output out/checkpoints:my-model: where it lies, then what it becomes");
}

std::string format_bandwidth(std::int64_t bits_per_second) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 4> units{
      {{1'000'000'000'000, " Tbit/s"},
       {1'000'000'000, " Gbit/s"},
       {1'000'000, " Mbit/s"},
       {1'000, " kbit/s"}}};
  for (const auto& [unit, name] : units) {
    if (bits_per_second >= unit) return one_digit(bits_per_second, unit) + name;
  }
  return std::to_string(bits_per_second) + " bit/s";
}

std::string format_round_trip(std::int64_t us) { return one_digit(us, 1000) + " ms"; }

std::string with_commas(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace weir::cli
