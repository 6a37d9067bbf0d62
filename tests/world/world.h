// A whole small world in one value: server, journal, site, network and clients under one virtual
// clock, driven by one seed. The same seed is the same world, step by step, on every machine.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "tests/world/faults.h"
#include "tests/world/trace.h"

namespace weir::world {

struct Result {
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;         // things that happened
  std::uint64_t engine_steps = 0;  // inputs the engine took
  std::string fingerprint;
  std::string checker;  // the one that fired; "": none did
  std::string what;
  std::deque<std::string> last;  // lines of the trace

  [[nodiscard]] bool good() const { return checker.empty(); }
};

[[nodiscard]] Result run_world(std::uint64_t seed, Plant plant,
                               Trace::Mode trace = Trace::Mode::off);

// How far the world that runs now has come, for whoever looks when the engine itself gives up.
[[nodiscard]] std::string where_it_stands();

}  // namespace weir::world
