// The nodes of Alibaba's cluster-trace-gpu-v2023 (openb_node_list_*.csv). Its pods: readers.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "twin/traces/reading.h"

namespace weir::twin::traces {

struct TraceNode {
  std::string name;
  std::uint32_t cpus_milli = 0;
  std::int64_t memory_bytes = 0;
  std::uint32_t devices = 0;
  std::string device_model;  // "" where there are no devices

  friend bool operator==(const TraceNode&, const TraceNode&) = default;
};
WEIR_DESCRIBE(TraceNode, name, cpus_milli, memory_bytes, devices, device_model)

struct NodeReading {
  std::vector<TraceNode> nodes;  // in the order of the file
  RowReport report;
};

// Whether the text begins as such a list does.
[[nodiscard]] bool is_openb_nodes(std::string_view text);

// Fails: invalid: the text as a whole is no such list. Malformed: devices without a model.
[[nodiscard]] base::Result<NodeReading> read_openb_nodes(std::string_view text,
                                                         std::uint32_t malformed_shown = 100);

}  // namespace weir::twin::traces
