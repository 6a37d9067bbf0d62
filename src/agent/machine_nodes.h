// This machine as the nodes of a site.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/site.h"
#include "sense/inventory.h"

namespace weir::agent {

// Cuts the machine into `count` nodes, "node0", "node1", …; `limits_by` says how limits are kept
// (backend::LimitsUsed). A device that nobody could name is listed and has no model; memory that
// nobody could measure is none to give.
// Fails: invalid, unavailable (sense::cut_machine).
[[nodiscard]] base::Result<std::vector<model::Node>> nodes_of(const sense::Machine& machine,
                                                              std::uint32_t count,
                                                              const std::string& limits_by);

}  // namespace weir::agent
