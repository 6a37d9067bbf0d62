// Which chunks of an unfinished version have landed, on the disk, so that a run that was killed at
// any moment is gone on with. Inside this room only.
//
// A line for each chunk that was verified, and now and then how many bytes of a chunk have come,
// each written behind the bytes it tells of. While the machine stays up, what was written can be
// read again, so that lines need no sync; after it was down, none is believed before the bytes
// were read and hashed again. A torn last line, and one that does not fit the manifest, count as
// not written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "mover/chunk_table.h"
#include "mover/file.h"

namespace weir::mover {

struct Landed {
  std::vector<bool> verified;         // by number
  std::vector<std::int64_t> written;  // of those that are not: how many bytes from the first on
  // The lines are of before the machine was last started.
  bool is_to_be_read_again = false;
};

class Ledger {
 public:
  // `boot` names this run of the machine.
  // Fails: input_output.
  [[nodiscard]] static base::Result<Ledger> open(int folder, const std::string& name,
                                                 const ChunkTable& table, const std::string& boot);

  // What was in it.
  [[nodiscard]] const Landed& landed() const { return landed_; }
  // May be called from several threads.
  [[nodiscard]] base::Status add_verified(std::uint64_t number, const base::Digest& digest) const;
  [[nodiscard]] base::Status add_written(std::uint64_t number, std::int64_t bytes) const;
  // Begins it anew, as of this run of the machine, with these chunks.
  [[nodiscard]] base::Status rewrite(const ChunkTable& table, const std::vector<bool>& verified);

 private:
  [[nodiscard]] base::Status append(const std::string& lines) const;
  void read(const std::string& text, const ChunkTable& table);

  base::Descriptor file_;
  std::string head_;
  Landed landed_;
};

// Of this run of the machine. "" where it cannot be told: then nothing is believed unread.
[[nodiscard]] std::string boot_name();

}  // namespace weir::mover
