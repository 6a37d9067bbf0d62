// The one form in which a benchmark says what it measured.
#pragma once

#include <cstdio>
#include <ctime>
#include <string>

namespace weir::bench {

enum class Better { higher, lower };

// Prints `figure NAME VALUE UNIT target T ok|short`; true if the target is met.
inline bool figure(const std::string& name, double value, const std::string& unit, double target,
                   Better better) {
  const bool good = better == Better::higher ? value >= target : value <= target;
  std::printf("figure %s %.6g %s target %s%.6g %s\n", name.c_str(), value, unit.c_str(),
              better == Better::higher ? ">=" : "<=", target, good ? "ok" : "short");
  std::fflush(stdout);
  return good;
}

// The processor time of this thread: what one core does, whoever else the machine serves.
inline double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// A measured value without a target of its own: context for the figures around it.
inline void note(const std::string& name, double value, const std::string& unit) {
  std::printf("note %s %.6g %s\n", name.c_str(), value, unit.c_str());
  std::fflush(stdout);
}

}  // namespace weir::bench
