// From a journal back to an engine, and the proof that the engine would do it all again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/engine.h"
#include "journal/journal.h"

namespace weir::app {

// The engine after the last row: the newest snapshot, and the facts of the rows behind it.
// Fails: input_output (the journal cannot be read, or its chain does not hold), invalid (it was
//        written by a newer version).
[[nodiscard]] base::Result<engine::Engine> restore(journal::Journal& journal);

struct PastEngine {
  engine::Engine engine;
  base::Time now;  // of the row
};
// The engine as it was after row `sequence`, from the facts of all rows up to it.
// Fails: as restore; not_found, where the journal does not reach so far.
[[nodiscard]] base::Result<PastEngine> restore_at(journal::Journal& journal,
                                                  std::uint64_t sequence);

// Told now and then how many rows of how many have been looked at.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct ReplayReport {
  std::uint64_t rows = 0;  // stepped again and found the same
  std::uint64_t facts = 0;
  std::string fingerprint;  // the chain over every input and every fact, as they came out now
  std::string difference;   // "" where there is none; else which row, and what came out instead
  [[nodiscard]] bool good() const { return difference.empty(); }
};

// Steps every input of the journal again, from the first, and compares the facts and the chain over
// them; then compares the state so reached with the one that restore() gives, byte for byte.
// Fails: as restore.
[[nodiscard]] base::Result<ReplayReport> check_replay(journal::Journal& journal,
                                                      const Progress& progress = {});

}  // namespace weir::app
