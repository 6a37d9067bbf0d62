// Processors, cores, packages and NUMA nodes, as hwloc sees them.
//
// What this process may use, not what is built in: processors outside its cgroup's cpuset or its
// affinity mask do not count.
#pragma once

#include <filesystem>

#include "sense/inventory.h"

namespace weir::sense {

// Fills cpu_model, cpus, cpu_indexes, cores, packages, numa and memory_bytes (physical) of
// `machine`; what stays unknown gets a sentence.
void read_processors(const std::filesystem::path& root, Machine& machine);

}  // namespace weir::sense
