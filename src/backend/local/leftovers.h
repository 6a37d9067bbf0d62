// Finds and ends what a killed runner left running.
//
// Its own child dies with it; what that child had started does not. Every process of a rank is
// known by WEIR_RUN_FOLDER in its environment, or by having its current folder there. One that
// cleaned its environment and went elsewhere is not found: only a cgroup holds such a one.
#pragma once

#include <string>

namespace weir::backend::local {

inline constexpr const char* run_folder_variable = "WEIR_RUN_FOLDER";

// Kills until none is found, for at most two seconds.
// Returns: how many processes were killed; -1 where some are still there.
[[nodiscard]] int end_leftovers(const std::string& work_folder);

}  // namespace weir::backend::local
