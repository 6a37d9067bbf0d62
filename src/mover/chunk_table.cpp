#include "mover/chunk_table.h"

#include <algorithm>

namespace weir::mover {

ChunkTable::ChunkTable(const Manifest& manifest) : manifest_(manifest) {
  first_.reserve(manifest.files.size() + 1);
  first_.push_back(0);
  for (const ManifestFile& file : manifest.files) {
    first_.push_back(first_.back() + file.chunks.size());
  }
}

ChunkPlace ChunkTable::place(std::uint64_t number) const {
  // The last file whose first chunk is not after it; empty files have none and are passed over.
  const auto after = std::upper_bound(first_.begin(), first_.end(), number);
  ChunkPlace place;
  place.file = static_cast<std::size_t>(after - first_.begin()) - 1;
  place.index = number - first_[place.file];
  const std::int64_t size = manifest_.files[place.file].size_bytes;
  place.offset = static_cast<std::int64_t>(place.index) * manifest_.chunk_bytes;
  place.size = chunk_size(size, manifest_.chunk_bytes, place.index);
  return place;
}

const base::Digest& ChunkTable::digest(std::uint64_t number) const {
  const ChunkPlace at = place(number);
  return manifest_.files[at.file].chunks[static_cast<std::size_t>(at.index)];
}

const std::string& ChunkTable::path(std::uint64_t number) const {
  return manifest_.files[place(number).file].path;
}

}  // namespace weir::mover
