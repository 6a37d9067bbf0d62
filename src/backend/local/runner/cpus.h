// Keeps this process, and all it will start, to some of the machine's cpus.
#pragma once

#include <sched.h>

#include <cerrno>
#include <string>
#include <vector>

#include "backend/local/runner/system.h"

namespace weir::backend::local {

class Cpus {
 public:
  Cpus() { knows_own_ = ::sched_getaffinity(0, sizeof own_, &own_) == 0; }

  // An empty list means those this process was started with. Returns "", or why it could not.
  [[nodiscard]] std::string keep_to(const std::vector<std::int32_t>& numbers) {
    if (numbers.empty()) return give_back();
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    std::string listed;
    for (const int cpu : numbers) {
      if (cpu < 0 || cpu >= CPU_SETSIZE) return "there is no cpu " + std::to_string(cpu);
      listed += (listed.empty() ? "" : ",") + std::to_string(cpu);
      CPU_SET(static_cast<std::size_t>(cpu), &cpus);
    }
    is_kept_ = true;
    if (::sched_setaffinity(0, sizeof cpus, &cpus) == 0) return {};
    return "cannot keep to cpus " + listed + ": " + error_text(errno);
  }

 private:
  std::string give_back() {
    if (!is_kept_) return {};
    is_kept_ = false;
    if (knows_own_ && ::sched_setaffinity(0, sizeof own_, &own_) == 0) return {};
    return std::string("cannot leave the cpus of an earlier rank: ") + error_text(errno);
  }

  cpu_set_t own_{};
  bool knows_own_ = false;
  bool is_kept_ = false;
};

}  // namespace weir::backend::local
