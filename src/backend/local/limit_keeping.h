// How this machine lets us keep limits: by cgroup version 2 where we may make groups with the
// memory and cpu controllers, else by rlimit and cpu affinity.
#pragma once

#include <string>

#include "backend/backend.h"

namespace weir::backend::local {

struct LimitKeeping {
  LimitsUsed used;
  std::string parent;  // folder in which each rank's cgroup is made; "": rlimits
};

// Looks below `cgroup_root` ("/sys/fs/cgroup"), where this process is in `own_group` (the path
// after "0::" in /proc/self/cgroup). Where that group was handed to us (it is not the root and we
// may write it), this process is moved into a leaf of it: a group with members cannot hand
// controllers on.
[[nodiscard]] LimitKeeping find_limit_keeping(const std::string& cgroup_root,
                                              const std::string& own_group);

// The path after "0::" in /proc/self/cgroup; "/" where there is none.
[[nodiscard]] std::string own_control_group();

}  // namespace weir::backend::local
