// Who is whose child, as /proc tells it.
#pragma once

#include <sys/types.h>

#include <vector>

namespace weir::backend::local {

// Processes whose parent is this one, ended ones that nobody waited for included.
[[nodiscard]] std::vector<pid_t> children_of_this_process();

struct Descendant {
  pid_t pid = 0;
  bool has_children = false;
};
// All processes below this one. A snapshot: some may be gone when it is returned.
[[nodiscard]] std::vector<Descendant> descendants_of_this_process();

// Whether the process has a handler for `signal`. False where it cannot be known.
[[nodiscard]] bool catches_signal(pid_t pid, int signal);

}  // namespace weir::backend::local
