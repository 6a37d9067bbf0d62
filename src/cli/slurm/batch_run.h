// The shell text that plays a batch script as Slurm would: in its folder, with Slurm's variables,
// its output in files named by Slurm's patterns, and in Weir's logs as well.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::cli::slurm {

struct RunPlace {
  std::string folder;
  std::string output;  // pattern, "" for Slurm's own: slurm-%j.out, slurm-%A_%a.out
  std::string error;   // "": where the output goes
  bool is_array = false;
  std::int64_t tasks = 1;
  std::int64_t cpus_per_task = 1;
};

// `script` begins with the line that names its interpreter. Patterns: %j %A %a %x %u %N %% (of
// sbatch(1), "filename pattern"), others stand as they are.
[[nodiscard]] std::string run_text(const std::string& script,
                                   const std::vector<std::string>& arguments,
                                   const RunPlace& place);

}  // namespace weir::cli::slurm
