// One run of work on hubs in the twin, measured: the pool of all, or one of them by itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/flows/rows.h"
#include "bench/page/trials.h"

namespace weir::flows {

// A job that was placed, as the twin tells of it.
struct Placed {
  Time submitted;
  Time placed;  // first
  Time ended;
  Duration length{};  // of the work itself
  Duration limit{};   // that its user said
  std::int64_t devices = 0;
};

// From then on so many devices more are held.
struct Held {
  Time at;
  std::int64_t devices = 0;
};

// What a promise or a forecast said, against what came.
struct Told {
  Time at;     // when it was said
  Time start;  // that was said
  Time came;
};

struct Measured {
  std::vector<Placed> jobs;
  std::vector<Held> held;
  std::uint64_t refused = 0;
  std::int64_t devices = 0;
  double busy_hours = 0;
  std::vector<Told> promises;   // the first one of each job that held one and was placed
  std::vector<Told> forecasts;  // of jobs among the first that wait, drawn now and then
  std::vector<float> step_us;   // processor time of each step of the engine
  std::int64_t peak_bytes = 0;  // of memory, above what was held before the run
  double cpu_seconds = 0;
};

// Every site takes so long from the decision to the first instruction.
constexpr Duration start_latency = std::chrono::seconds(30);

// Requires: nothing else runs in this program, if `peak_bytes` is to mean anything.
[[nodiscard]] Measured measure(const twin::Scenario& scenario, const twin::Workload& work);

}  // namespace weir::flows
