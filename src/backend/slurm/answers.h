// Reads what Slurm's commands print. Pure: text in, values out.
//
// The forms asked for (a format of our own for jobs, one line of KEY=VALUE for each node) have
// stayed the same for many versions, where its JSON changes with each. What is printed comes from
// another program and holds words of other users: any bytes are taken, and a line that does not
// fit is left out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "backend/slurm/controller.h"

namespace weir::backend::slurm {

// For squeue's --format: a line for each job, read by parse_jobs. What its owner may word freely
// stands last.
inline constexpr std::string_view job_format = "%A|%T|%C|%m|%b|%N|%r|%k|%j";
[[nodiscard]] std::vector<Job> parse_jobs(std::string_view text);

// The answer of `scontrol --oneliner --details show nodes`.
[[nodiscard]] std::vector<NodeFacts> parse_nodes(std::string_view text);
// Of `scontrol --oneliner show topology`.
[[nodiscard]] std::vector<Switch> parse_switches(std::string_view text);
// Of `scontrol show config`.
[[nodiscard]] Settings parse_settings(std::string_view text);

// "slurm 22.05.8", "slurm-wlm 23.11.4-1.2". Year 0 where it cannot be read.
[[nodiscard]] Version parse_version(std::string_view text);
// "1042" or "1042;cluster", as `sbatch --parsable` has it. 0 where it cannot be read.
[[nodiscard]] JobNumber parse_job_number(std::string_view text);

// "gpu:a100:2(S:0-1),npu:4", "gres/gpu:a100=2" → {"gpu:a100": 2, "npu": 4}
[[nodiscard]] std::map<std::string, std::uint32_t> parse_gres(std::string_view text);
// "4000", "1.5G" → MiB
[[nodiscard]] std::uint64_t parse_mebibytes(std::string_view text);

// Whether what a failed submission printed says that Slurm looked at the job and will not have it.
// Else nobody knows whether the job is there.
[[nodiscard]] bool is_refusal(std::string_view error_text);

}  // namespace weir::backend::slurm
