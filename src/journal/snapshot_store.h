// Snapshots as files of their own beside the database: a state may be large, and written into the
// database it would stand in the way of the commits that go on meanwhile.
//
// A file is written under another name, flushed, renamed, and the folder flushed, so that a name
// that is there means a file that is whole, whatever moment the power goes. Its bytes:
//
//   "WEIRSNP1", sequence, chain, length of state, state, SHA-256 of all before
//
// with every number as 8 bytes, lowest first. The hash is checked at every reading; a file that
// fails it is passed over, and left for whoever wants to know why.
// Not thread-safe: the owner calls one function at a time.
#pragma once

#include <string>
#include <vector>

#include "journal/journal.h"

namespace weir::journal {

class SnapshotStore {
 public:
  explicit SnapshotStore(std::string folder) : folder_(std::move(folder)) {}

  // Removes what an interrupted write left behind.
  [[nodiscard]] Status clean();
  // Writes durably, then removes all but the two newest. On failure those that were there stay.
  [[nodiscard]] Status write(const Snapshot& snapshot);
  // The newest that is whole.
  [[nodiscard]] Result<std::optional<Snapshot>> newest() const;

 private:
  // Sequences of the files that are there, newest first.
  [[nodiscard]] Result<std::vector<std::uint64_t>> list() const;
  [[nodiscard]] std::string path_of(std::uint64_t sequence) const;
  // One that cannot be removed costs space and nothing else: the next write tries again.
  void remove_old() const;

  std::string folder_;
};

}  // namespace weir::journal
