// Small files that only their owner may read: keys and tokens.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::app {

// Fails: not_found; refused where others than the owner may read it; too_large; input_output.
[[nodiscard]] base::Result<std::string> read_private_file(const std::string& path,
                                                          std::size_t bytes_max);
// Writes it durably under mode 0600, replacing what was there in one step. Fails: input_output.
[[nodiscard]] base::Status write_private_file(const std::string& path, std::string_view content);

}  // namespace weir::app
