// A grid of cloud regions: bandwidth and price between each two (Skyplane's, 2022-11-28).
#pragma once

#include <string>
#include <vector>

#include "flow/relay.h"

namespace weir::flows {

struct Grid {
  std::vector<std::string> regions;
  flow::Network network;
};

[[nodiscard]] Grid read_grid(const std::string& data);

}  // namespace weir::flows
