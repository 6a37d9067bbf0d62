// What the processes of a container hold, as its memory cgroup would know it.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace weir::kubernetes_stand_in {

// Of a process and all that it started, as far as they are still its own or its children's.
[[nodiscard]] std::int64_t resident_bytes(pid_t leader);
// Kills the one of them that holds most.
void kill_largest(pid_t leader);

}  // namespace weir::kubernetes_stand_in
