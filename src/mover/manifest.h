// What a dataset's version is: a tree of files, and the SHA-256 of every chunk of them.
//
// A version is known by the SHA-256 over its manifest in canonical form, its identity. Whoever
// knows the identity can tell whether a manifest is the right one, and by it whether each chunk is,
// wherever either comes from. Names and bytes are all there is: owners, times, modes and empty
// folders are not part of a version.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/hash.h"
#include "base/result.h"

namespace weir::mover {

inline constexpr std::int64_t usual_chunk_bytes = std::int64_t{64} << 20;

struct ManifestFile {
  static constexpr std::array<std::string_view, 2> required_fields{"path", "size_bytes"};
  std::string path;  // below the version's folder, parts joined by '/': "train/part-0001.bin"
  std::int64_t size_bytes = 0;
  std::vector<base::Digest> chunks;  // in order; the last may be of fewer bytes

  friend bool operator==(const ManifestFile&, const ManifestFile&) = default;
};
WEIR_DESCRIBE(ManifestFile, path, size_bytes, chunks)

struct Manifest {
  static constexpr std::array<std::string_view, 2> required_fields{"chunk_bytes", "files"};
  std::int64_t chunk_bytes = usual_chunk_bytes;
  std::vector<ManifestFile> files;  // by path, bytewise, each once

  [[nodiscard]] std::int64_t bytes() const;
  [[nodiscard]] std::uint64_t chunks() const;

  friend bool operator==(const Manifest&, const Manifest&) = default;
};
WEIR_DESCRIBE(Manifest, chunk_bytes, files)

struct ManifestLimits {
  std::uint64_t files_max = 2'000'000;
  std::uint64_t chunks_max = 4'000'000;  // 256 TiB in chunks of the usual size
};

// Whether it can be: names that stay below the folder, in order, each once and none both a file and
// a folder; as many chunks as the sizes take.
// Fails: invalid with the field ("files[3].path") and what would do; too_large, over a limit.
[[nodiscard]] base::Status check_manifest(const Manifest& manifest,
                                          const ManifestLimits& limits = {});

// SHA-256 over the canonical form:
//     "weir manifest 1\n" "chunk_bytes " N "\n"
//     for each file:  "file " SIZE " " LENGTH ":" PATH "\n"  and each chunk's 64 hex digits and
//     "\n"
// The same files in chunks of another size are another version.
// Requires: check_manifest holds.
[[nodiscard]] base::Digest identity_of(const Manifest& manifest);

// Reads JSON and checks it. Fails: as check_manifest, and as base::from_json.
[[nodiscard]] base::Result<Manifest> read_manifest(std::string_view json,
                                                   const ManifestLimits& limits = {});
// The same of a file. Fails: also not_found, input_output.
[[nodiscard]] base::Result<Manifest> read_manifest_file(const std::string& path,
                                                        const ManifestLimits& limits = {});

// Told now and then how many bytes have been read.
using Reading = std::function<void(std::int64_t bytes_done)>;

// Reads every file below `folder` once, a piece at a time.
//
// Fails: invalid, a size of chunks out of range, or names that no manifest may hold; refused, a
//        link or another thing that is no file; conflict, a file changed while it was read;
//        too_large; not_found; input_output; unavailable, `stop` was requested.
[[nodiscard]] base::Result<Manifest> make_manifest(const std::string& folder,
                                                   std::int64_t chunk_bytes,
                                                   const Reading& reading = {},
                                                   const std::stop_token& stop = {});

// How many chunks a file of that size has, and how many bytes the one at `index`.
[[nodiscard]] constexpr std::uint64_t chunks_of(std::int64_t size_bytes, std::int64_t chunk_bytes) {
  return static_cast<std::uint64_t>(size_bytes / chunk_bytes + (size_bytes % chunk_bytes != 0));
}
[[nodiscard]] constexpr std::int64_t chunk_size(std::int64_t size_bytes, std::int64_t chunk_bytes,
                                                std::uint64_t index) {
  const std::int64_t left = size_bytes - static_cast<std::int64_t>(index) * chunk_bytes;
  return left < chunk_bytes ? left : chunk_bytes;
}

}  // namespace weir::mover
