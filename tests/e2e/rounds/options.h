// What both kinds of rounds are told, and where they keep what they make.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "tests/e2e/rounds/server.h"

namespace weir::e2e {

struct Options {
  std::string programs;  // the folder with the weir program
  std::uint64_t rounds = 0;
  std::uint64_t seed = 0;  // 0: one by the time
  std::string list;        // a file of seeds that are played first, one a line; "": none
};

// From `--programs FOLDER --rounds N [--seed S] [--list FILE]`. False: not in that form, which was
// said. A seed of 0 is replaced.
[[nodiscard]] bool read_options(int count, char** words, Options& options);
// In a new folder of its own.
[[nodiscard]] Places make_places(const Options& options, const std::string& name);
[[nodiscard]] base::Time now();
// "figure NAME GOOD rounds target >=N ok"; then what was on the disk goes, or is kept where it was
// not good. Returns the exit code.
[[nodiscard]] int conclude(const Places& places, const std::string& name, std::uint64_t good,
                           std::uint64_t wanted);

}  // namespace weir::e2e
