// Unpacks an archive of a work folder (tar, plain or compressed with zstd) that a stranger made.
//
// Nothing is written outside the folder and nothing in it leads out of it, whatever the archive
// says: names are walked part by part without following a link; absolute names, "..", devices,
// pipes, sockets and links that lead out are refused; owners, times and special bits are dropped.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::backend::workdir {

struct UnpackLimits {
  std::int64_t bytes_max = std::int64_t{2} << 30;  // of all files, holes included
  std::int64_t entries_max = 400'000;
};

// `folder` exists and is empty. It may hold a part of the archive after a failure.
//
// Fails: refused, an entry that would leave the folder or is of a kind not taken (names it);
//        too_large, over a limit; invalid, not such an archive, or cut short; input_output;
//        unavailable, `stop` was requested.
[[nodiscard]] base::Status unpack_file(const std::string& archive, const std::string& folder,
                                       const UnpackLimits& limits = {},
                                       const std::stop_token& stop = {});
// The same from memory.
[[nodiscard]] base::Status unpack_bytes(std::string_view archive, const std::string& folder,
                                        const UnpackLimits& limits = {},
                                        const std::stop_token& stop = {});

}  // namespace weir::backend::workdir
