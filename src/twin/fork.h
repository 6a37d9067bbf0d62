// The future of a live state, played in the twin: as it is, and with something changed.
//
// A fork is a copy; whatever happens in it, the engine it was taken from knows nothing of it. Work
// runs as long as is expected of it (engine/expectations.h), or until its time limit. Work of which
// nobody knows the end never ends, and what must wait for it has no start.
//
// The copy decides as the original would: nothing is told to it that the original is not told, so
// where all work does run that long and nothing is submitted, each start comes true to the
// microsecond.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/expectations.h"
#include "model/policy.h"

namespace weir::twin {

struct AddedNodes {
  std::string site;
  std::vector<model::Node> nodes;
};

// All of it happens at the moment of the fork.
struct Change {
  std::optional<model::Policy> policy;
  std::vector<model::JobSpec> jobs;
  std::vector<std::string> without_sites;  // lost as by a network that is cut for good
  std::vector<AddedNodes> nodes;
};

struct ForkedJob {
  model::JobId job;
  std::string name;
  std::string tenant;
  bool added = false;               // by the change
  std::optional<base::Time> start;  // of its next task; none: not to be said
};

// When everything that waits at `now`, and what the change adds, starts. In the order of ids.
//
// Requires: `engine` stands at `now` or before.
// Fails:    not_found: a site of the change has not joined (names the nearest); refused: a job of
//           the change fits nowhere.
// Cost:     a run of the twin until the last of them has started.
[[nodiscard]] base::Result<std::vector<ForkedJob>> play_fork(
    const engine::Engine& engine, base::Time now, const Change& change,
    engine::RunTimes run_times = engine::RunTimes::expected);

}  // namespace weir::twin
