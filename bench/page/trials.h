// Runs of the twin, as the tables need them.
#pragma once

#include <string>

#include "twin/trial.h"

namespace weir::bench {

// A scenario's text with its work. A mistake in it ends the program: it is ours.
struct Prepared {
  twin::Scenario scenario;
  twin::Workload work;
};
[[nodiscard]] Prepared prepare(const std::string& yaml);

// The same from a file, whose own files are looked for beside it.
[[nodiscard]] Prepared prepare_file(const std::string& path);

[[nodiscard]] inline double seconds(base::Duration time) {
  return static_cast<double>(time.count()) / 1e6;
}

}  // namespace weir::bench
