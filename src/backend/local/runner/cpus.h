// Keeps this process, and all it will start, to some of the machine's cpus.
#pragma once

#include <sched.h>

#include <cerrno>
#include <string>
#include <vector>

#include "backend/local/runner/system.h"

namespace weir::backend::local {

// An empty list means all cpus. Returns "", or why it could not.
[[nodiscard]] inline std::string keep_to_cpus(const std::vector<std::int32_t>& numbers) {
  if (numbers.empty()) return {};
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  std::string listed;
  for (const int cpu : numbers) {
    if (cpu < 0 || cpu >= CPU_SETSIZE) return "there is no cpu " + std::to_string(cpu);
    listed += (listed.empty() ? "" : ",") + std::to_string(cpu);
    CPU_SET(static_cast<std::size_t>(cpu), &cpus);
  }
  if (::sched_setaffinity(0, sizeof cpus, &cpus) == 0) return {};
  return "cannot keep to cpus " + listed + ": " + error_text(errno);
}

}  // namespace weir::backend::local
