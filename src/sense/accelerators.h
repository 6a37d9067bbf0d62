// The table of accelerators by PCI id: data (accelerators.csv), compiled in.
//
// A row is for one device id, or for any device of a vendor in certain PCI classes ("the vendor is
// known, the model is not"). Rows of kind `none` name what looks like an accelerator and is not.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::sense {

struct AcceleratorRow {
  std::uint32_t vendor_id = 0;
  std::optional<std::uint32_t> device_id;  // none: any of the vendor's in `classes`
  std::vector<std::string> classes;        // leading hexadecimal digits of the class: "12", "0302"
  std::string vendor;
  std::string model;  // "" where several models share the id
  std::string name;
  std::string kind;
  std::optional<std::int64_t> memory_bytes;
  std::string source;

  [[nodiscard]] bool is_accelerator() const { return kind != "none"; }
};

// The table as it stands in accelerators.csv.
[[nodiscard]] std::string_view accelerator_table_text();
// The rows of that text.
[[nodiscard]] std::span<const AcceleratorRow> accelerator_rows();

// Reads the text of a table: lines of nine fields, `#` begins a comment line, a first line of
// column names.
// Fails: invalid, with the line: wrong number of fields, an id that is not four hexadecimal digits,
//        an unknown kind, a model that is not [a-z0-9-], classes beside a device id or none beside
//        a `*`, a memory that is not a number, a source that is missing, a row that stands twice.
[[nodiscard]] base::Result<std::vector<AcceleratorRow>> parse_accelerators(std::string_view text);

// The row for a PCI function, or none. A row for the device id wins over one for the vendor.
// `class_code` is the 24-bit code as sysfs has it: 0x120000.
[[nodiscard]] const AcceleratorRow* find_accelerator(std::uint32_t vendor_id,
                                                     std::uint32_t device_id,
                                                     std::uint32_t class_code);

}  // namespace weir::sense
