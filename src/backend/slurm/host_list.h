// Slurm's short form of many names: "gpu[01-03,7],login".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::backend::slurm {

inline constexpr std::size_t hosts_max = 100'000;

// Every name, in the order written; numbers keep their zeros.
// Fails: invalid, brackets that do not match, ranges that run backwards; too_large, over hosts_max.
[[nodiscard]] base::Result<std::vector<std::string>> expand_host_list(std::string_view text);

}  // namespace weir::backend::slurm
