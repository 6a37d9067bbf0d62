#include "backend/kubernetes/device_resources.h"

#include <algorithm>
#include <set>

#include "base/check.h"

namespace weir::backend::kubernetes {
namespace {

constexpr std::size_t field_count = 7;

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> fields;
  for (;;) {
    const std::size_t comma = line.find(',');
    fields.emplace_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

std::string fault_of(const std::vector<std::string>& fields) {
  if (fields.size() != field_count) return "seven fields are expected";
  for (const std::size_t needed : {0U, 3U, 5U, 6U}) {
    if (fields[needed].empty()) return "resource, vendor, kind and source are needed";
  }
  if (fields[1].empty() != fields[2].empty()) return "a label goes with how its value begins";
  return "";
}

bool begins_with_word(std::string_view text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  return text.size() == word.size() || text[word.size()] == '-' || text[word.size()] == '_';
}

}  // namespace

base::Result<std::vector<DeviceResource>> parse_device_resources(std::string_view text) {
  std::vector<DeviceResource> rows;
  std::set<std::string> seen;
  bool is_heading = true;
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (std::exchange(is_heading, false)) continue;
    const std::vector<std::string> fields = split(line);
    std::string fault = fault_of(fields);
    if (fault.empty() && !seen.insert(fields[0] + "," + fields[1] + "," + fields[2]).second) {
      fault = "this row stands twice";
    }
    if (!fault.empty()) {
      base::Error error{base::ErrorCode::invalid, std::move(fault), "", "", {}};
      error.place.line = number;
      return base::fail(std::move(error));
    }
    rows.push_back({fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]});
  }
  return rows;
}

std::span<const DeviceResource> device_resources() {
  static const std::vector<DeviceResource> rows = [] {
    auto parsed = parse_device_resources(device_resource_table_text());
    WEIR_CHECK(parsed.has_value(), "the table of device resources reads");
    return *std::move(parsed);
  }();
  return rows;
}

const DeviceResource* find_device_resource(std::string_view resource,
                                           const std::map<std::string, std::string>& labels) {
  const DeviceResource* best = nullptr;
  for (const DeviceResource& row : device_resources()) {
    if (row.resource != resource) continue;
    if (!row.label.empty()) {
      const auto label = labels.find(row.label);
      if (label == labels.end() || !begins_with_word(label->second, row.value)) continue;
    }
    if (best == nullptr || row.value.size() > best->value.size()) best = &row;
  }
  return best;
}

}  // namespace weir::backend::kubernetes
