// Reads local bytes once, in order, and hashes them by chunks. Inside this room only.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "mover/manifest.h"

namespace weir::mover {

inline constexpr std::size_t piece_bytes = std::size_t{1} << 20;

// Is given each piece as it was read, and where in the file it ends.
using Piece = std::function<base::Status(std::string_view bytes, std::int64_t end)>;

// Fails: conflict, the file changed meanwhile; input_output; unavailable, stopped; as `piece`.
[[nodiscard]] base::Result<ManifestFile> read_in_chunks(int file, const std::string& path,
                                                        std::int64_t chunk_bytes,
                                                        const Piece& piece,
                                                        const std::stop_token& stop);

// SHA-256 of `size` bytes from `offset` on; of fewer where the file ends before.
[[nodiscard]] base::Result<base::Digest> digest_at(int file, std::int64_t offset, std::int64_t size,
                                                   const std::stop_token& stop);

// What stopped work ends with.
[[nodiscard]] tl::unexpected<base::Error> fail_stopped();

}  // namespace weir::mover
