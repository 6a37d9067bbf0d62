// The chunks of a manifest as one row of numbers, from 0 on, through all its files. Inside this
// room only.
#pragma once

#include <cstdint>
#include <vector>

#include "mover/manifest.h"

namespace weir::mover {

struct ChunkPlace {
  std::size_t file = 0;     // in the manifest
  std::uint64_t index = 0;  // in the file
  std::int64_t offset = 0;
  std::int64_t size = 0;
};

class ChunkTable {
 public:
  // `manifest` outlives it.
  explicit ChunkTable(const Manifest& manifest);

  [[nodiscard]] std::uint64_t count() const { return first_.back(); }
  // Cost: logarithmic in files.
  [[nodiscard]] ChunkPlace place(std::uint64_t number) const;
  [[nodiscard]] const base::Digest& digest(std::uint64_t number) const;
  [[nodiscard]] const std::string& path(std::uint64_t number) const;
  // The number of the first chunk of the file; of one more than the last: of all.
  [[nodiscard]] std::uint64_t first_of(std::size_t file) const { return first_[file]; }
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }

 private:
  const Manifest& manifest_;
  std::vector<std::uint64_t> first_;  // of each file, and of what would come after
};

}  // namespace weir::mover
