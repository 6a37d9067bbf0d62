// Packs a work folder into one archive (tar, compressed with zstd) that is named by its content.
//
// The same files give the same bytes on every machine: names sorted, times and owners zero, modes
// only "executable or not". So the same work folder is uploaded once.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace weir::backend::workdir {

inline constexpr const char* ignore_file = ".weirignore";

struct PackLimits {
  std::int64_t bytes_max = std::int64_t{1} << 30;  // of all files before compression
  std::int64_t entries_max = 200'000;
};

struct Packed {
  std::string sha256;  // of the archive, 64 hexadecimal digits
  std::int64_t archive_bytes = 0;
  std::int64_t content_bytes = 0;
  std::int64_t entries = 0;
};

// Writes the archive of `folder` to `archive`, which must not be within it.
//
// Left out: what the folder's .weirignore says, and no other thing.
// Fails: not_found, no such folder; too_large, over a limit (says what is largest); refused, a
//        socket, device or pipe, or a link that leads out of the folder; input_output. A failed
//        call leaves no archive behind.
[[nodiscard]] base::Result<Packed> pack(const std::string& folder, const std::string& archive,
                                        const PackLimits& limits = {});

}  // namespace weir::backend::workdir
