// What the kernel says of this process, for /metrics. What it does not say is left out.
#pragma once

#include <optional>

namespace weir::gateway {

struct ProcessFigures {
  std::optional<double> cpu_s;
  std::optional<double> start_time_s;  // since 1970
  std::optional<double> resident_bytes;
  std::optional<double> virtual_bytes;
  std::optional<double> open_files;
  std::optional<double> files_max;
};
[[nodiscard]] ProcessFigures process_figures();

}  // namespace weir::gateway
