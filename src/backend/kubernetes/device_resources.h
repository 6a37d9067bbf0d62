// Which devices a node's extended resources are: data (device_resources.csv), compiled in. Pure.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::backend::kubernetes {

struct DeviceResource {
  std::string resource;
  std::string label;  // "": the resource alone
  std::string value;  // how the label's value begins
  std::string vendor;
  std::string model;  // "" where the model is not known
  std::string kind;
  std::string source;
};

// The table as it stands in device_resources.csv.
[[nodiscard]] std::string_view device_resource_table_text();
// The rows of that text.
[[nodiscard]] std::span<const DeviceResource> device_resources();

// Reads the text of a table: lines of seven fields, `#` begins a comment line, a first line of
// column names.
// Fails: invalid, with the line: a wrong number of fields; a resource, vendor, kind or source that
//        is missing; a label without a value or the other way round; a row that stands twice.
[[nodiscard]] base::Result<std::vector<DeviceResource>> parse_device_resources(
    std::string_view text);

// What a node's `resource` is, by its labels where they say more. Null where this is no device that
// the table knows.
[[nodiscard]] const DeviceResource* find_device_resource(
    std::string_view resource, const std::map<std::string, std::string>& labels);

}  // namespace weir::backend::kubernetes
