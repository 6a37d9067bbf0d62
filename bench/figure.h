// The one form in which a benchmark says what it measured.
#pragma once

#include <cstdio>
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

// A measured value without a target of its own: context for the figures around it.
inline void note(const std::string& name, double value, const std::string& unit) {
  std::printf("note %s %.6g %s\n", name.c_str(), value, unit.c_str());
  std::fflush(stdout);
}

}  // namespace weir::bench
