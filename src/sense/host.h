// What a machine calls itself: host name, operating system, kernel, architecture.
#pragma once

#include <filesystem>

#include "sense/inventory.h"

namespace weir::sense {

// Fills host_name, operating_system, kernel and architecture of `machine`: from the running kernel
// for the root "/", from the recorded files for another; what stays unknown gets a sentence.
void read_host(const std::filesystem::path& root, Machine& machine);

}  // namespace weir::sense
