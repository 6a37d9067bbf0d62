// Numbers as Slurm's commands write and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace weir::cli::slurm {

// "17"; none: it is no whole number, or there is more than that.
[[nodiscard]] std::optional<std::int64_t> whole(std::string_view text);
// "30", "30:00", "1:30:00", "2-12", "2-12:30:00": minutes where nothing else is said. None behind
// UNLIMITED, INFINITE or 0.
[[nodiscard]] base::Result<std::optional<base::Duration>> parse_slurm_time(std::string_view text);
// "4000", "4000M", "4G": megabytes (of 1024 × 1024 bytes) where nothing else is said.
[[nodiscard]] base::Result<std::int64_t> parse_slurm_memory(std::string_view text);

}  // namespace weir::cli::slurm
