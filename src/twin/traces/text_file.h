// A trace's text as it stands on disk, packed by gzip or not.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace weir::twin::traces {

// What a text may come to at most, unpacked.
inline constexpr std::uint64_t most_text_bytes = std::uint64_t{4} << 30U;

// Fails: input_output: cannot be read, or is packed and broken; too_large. The message names
// `path`.
[[nodiscard]] base::Result<std::string> read_text_file(const std::string& path,
                                                       std::uint64_t most_bytes = most_text_bytes);

}  // namespace weir::twin::traces
