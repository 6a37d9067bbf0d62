// What squeue prints: jobs as rows of the columns that a format names.
// Source: squeue(1) of Slurm 22.05.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/view.h"

namespace weir::cli::slurm {

// "PD", "R", …: the codes of "JOB STATE CODES".
[[nodiscard]] std::string_view state_code(model::JobState state);
// "PENDING", "RUNNING", …
[[nodiscard]] std::string_view state_name(model::JobState state);
// "PENDING" or "PD", in any case, as the states of ours that it means. Fails: invalid.
[[nodiscard]] base::Result<std::vector<model::JobState>> states_of(std::string_view code);

// "1-02:03:04", "5:06": as Slurm writes a time.
[[nodiscard]] std::string elapsed_text(base::Duration time);

// One column: "%.18i" is so wide, right-aligned, the job's number.
struct Column {
  char field = 0;
  std::size_t width = 0;  // 0: as wide as it is
  bool right = false;
  std::string before;  // text between it and the column before
};
inline constexpr std::string_view usual_format = "%.18i %.9P %.8j %.8u %.2t %.10M %.6D %R";
// Fails: invalid, a field that Weir has nothing for.
[[nodiscard]] base::Result<std::vector<Column>> read_format(std::string_view format);

[[nodiscard]] std::string heading(const std::vector<Column>& columns);
// `nodes`: where it runs; "" where it does not.
[[nodiscard]] std::string row(const std::vector<Column>& columns, const model::JobSummary& job,
                              const std::string& nodes, base::Time now);

}  // namespace weir::cli::slurm
