// A table of throughputs from a file: ours (`rates`, in YAML or JSON), or Gavel's
// simulation_throughputs.json, of which the rates alone on devices near one another are taken.
#pragma once

#include <string>

#include "base/result.h"
#include "model/throughput.h"

namespace weir::twin {

// Fails: invalid, with line and field; input_output, too_large. Errors name the file.
[[nodiscard]] base::Result<model::ThroughputTable> read_throughput_file(const std::string& path);

}  // namespace weir::twin
