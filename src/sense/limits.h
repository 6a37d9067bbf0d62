// What the control group of this process leaves it of the machine: memory and processor time.
//
// Both versions of cgroups, the whole way from the process's group up to the top: the lowest limit
// on that way holds. (Which processors are allowed is hwloc's matter: processors.h.)
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace weir::sense {

struct GroupLimits {
  std::optional<std::int64_t> memory_bytes;  // none: no limit
  std::optional<std::uint32_t> cpus;         // whole processors the quota pays for, at least 1
};

// Reads proc/self/cgroup and proc/self/mountinfo under `root`, and the files they lead to. Where
// there are no control groups there is no limit.
[[nodiscard]] GroupLimits read_group_limits(const std::filesystem::path& root);

}  // namespace weir::sense
