// A scenario's text: commands, each followed by `----` and what it brings about.
//
//     # A remark. Blank lines and remarks stand between commands.
//     hold 1
//     ----
//     job 1 is held
//
// What a command brings about ends at the next blank line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace weir::scenarios {

struct Passage {
  std::vector<std::string> before;  // remarks and blank lines, as they stand
  std::string command;
  std::size_t line = 0;  // where the command stands, from 1
  std::string expected;  // lines, each with its end
};

struct Scenario {
  std::vector<Passage> passages;
  std::vector<std::string> after;  // what stands behind the last passage
};

// Fails: invalid, naming the line.
[[nodiscard]] base::Result<Scenario> read_scenario(const std::string& text,
                                                   const std::string& file);
[[nodiscard]] std::string write_scenario(const Scenario& scenario);

}  // namespace weir::scenarios
