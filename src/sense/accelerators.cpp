#include "sense/accelerators.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/check.h"
#include "sense/text.h"

namespace weir::sense {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

constexpr std::size_t field_count = 9;
constexpr std::int64_t bytes_per_gib = std::int64_t{1} << 30;
constexpr std::array<std::string_view, 6> kinds = {"gpu", "npu", "dcu", "fpga", "other", "none"};

bool is_class_prefix(std::string_view text) {
  return (text.size() == 2 || text.size() == 4) && parse_hexadecimal(text).has_value();
}

bool is_model_name(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

// One line of the table, without the rules that need its neighbours.
Result<AcceleratorRow> parse_row(std::string_view line) {
  const auto wrong = [](std::string why) { return fail(ErrorCode::invalid, std::move(why)); };
  const auto fields = split(line, ',');
  if (fields.size() != field_count) {
    return wrong(fmt::format("{} fields, {} expected", fields.size(), field_count));
  }
  AcceleratorRow row;
  const auto vendor_id = parse_hexadecimal(fields[0]);
  if (fields[0].size() != 4 || !vendor_id) {
    return wrong(fmt::format("vendor_id \"{}\" is not four hexadecimal digits", fields[0]));
  }
  row.vendor_id = *vendor_id;
  if (fields[1] != "*") {
    row.device_id = parse_hexadecimal(fields[1]);
    if (fields[1].size() != 4 || !row.device_id) {
      return wrong(
          fmt::format("device_id \"{}\" is neither four hexadecimal digits nor *", fields[1]));
    }
  }
  for (const auto prefix : split_words(fields[2])) {
    if (!is_class_prefix(prefix))
      return wrong(fmt::format("class \"{}\" is not 2 or 4 digits", prefix));
    row.classes.emplace_back(prefix);
  }
  if (row.device_id.has_value() != row.classes.empty()) {
    return wrong("classes belong to rows with device_id *, and only to those");
  }
  row.vendor = fields[3];
  row.model = fields[4];
  row.name = fields[5];
  row.kind = fields[6];
  row.source = fields[8];
  if (!is_model_name(row.model))
    return wrong(fmt::format("model \"{}\" is not [a-z0-9-]", row.model));
  if (row.vendor.empty() || row.name.empty()) return wrong("vendor or name is missing");
  if (std::ranges::find(kinds, row.kind) == kinds.end()) {
    return wrong(
        fmt::format("kind \"{}\" is not one of gpu, npu, dcu, fpga, other, none", row.kind));
  }
  if (row.source.empty()) return wrong("the source is missing");
  if (!fields[7].empty()) {
    const auto gib = parse_decimal(fields[7]);
    if (!gib || *gib <= 0 || *gib > 1 << 20) {
      return wrong(fmt::format("memory_gib \"{}\" is not a number of GiB", fields[7]));
    }
    row.memory_bytes = *gib * bytes_per_gib;
  }
  return row;
}

bool class_matches(const AcceleratorRow& row, std::uint32_t class_code) {
  const std::string digits = fmt::format("{:06x}", class_code);
  return std::ranges::any_of(row.classes,
                             [&](const std::string& prefix) { return digits.starts_with(prefix); });
}

}  // namespace

Result<std::vector<AcceleratorRow>> parse_accelerators(std::string_view text) {
  std::vector<AcceleratorRow> rows;
  std::set<std::string, std::less<>> seen;  // "vendor,device,classes" of each row
  std::uint32_t line_number = 0;
  bool names_read = false;
  for (const auto line : split(text, '\n')) {
    ++line_number;
    if (line.empty() || line.starts_with('#')) continue;
    if (!names_read) {  // the line of column names
      names_read = true;
      continue;
    }
    auto row = parse_row(line);
    if (!row) {
      auto error = std::move(row).error();
      error.place = {"accelerators.csv", line_number, 0};
      return fail(std::move(error));
    }
    const auto third_comma = line.find(',', line.find(',', line.find(',') + 1) + 1);
    if (!seen.emplace(line.substr(0, third_comma)).second) {
      return fail(base::Error{ErrorCode::invalid,
                              "the row stands twice",
                              {},
                              {},
                              {"accelerators.csv", line_number, 0}});
    }
    rows.push_back(*std::move(row));
  }
  return rows;
}

std::span<const AcceleratorRow> accelerator_rows() {
  static const std::vector<AcceleratorRow> rows = [] {
    auto parsed = parse_accelerators(accelerator_table_text());
    WEIR_CHECK(parsed.has_value(), "accelerators.csv is malformed");
    return *std::move(parsed);
  }();
  return rows;
}

const AcceleratorRow* find_accelerator(std::uint32_t vendor_id, std::uint32_t device_id,
                                       std::uint32_t class_code) {
  const AcceleratorRow* of_vendor = nullptr;
  for (const auto& row : accelerator_rows()) {
    if (row.vendor_id != vendor_id) continue;
    if (row.device_id == device_id) return &row;
    if (!row.device_id && of_vendor == nullptr && class_matches(row, class_code)) of_vendor = &row;
  }
  return of_vendor;
}

}  // namespace weir::sense
