// sbatch, squeue, scancel, sinfo and sacct, for hands that know them: the same words, asked of
// Weir. They are this program under those names.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace weir::cli::slurm {

using Shim = int (*)(std::span<const std::string> words);

// Null: the name is none of them.
[[nodiscard]] Shim shim_named(std::string_view name);

int sbatch(std::span<const std::string> words);
int squeue(std::span<const std::string> words);
int scancel(std::span<const std::string> words);
int sinfo(std::span<const std::string> words);
int sacct(std::span<const std::string> words);

}  // namespace weir::cli::slurm
