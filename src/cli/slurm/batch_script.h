// The words of sbatch and the `#SBATCH` lines of a script, as what Weir is asked for.
//
// What Weir does in another way is done in its way; what it cannot do is a problem, by name; what
// changes nothing about where and how the work runs (mail, comments) is passed over, and said.
// Source: sbatch(1) of Slurm 22.05.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "model/job_file.h"

namespace weir::cli::slurm {

struct Batch {
  JobFlags job;  // its command is the shell text that plays the script
  std::optional<model::NoticeForm> notice;
  bool again = true;  // --no-requeue: it is run once at the most
  bool waits = false;
  bool only_number = false;              // --parsable
  bool only_tested = false;              // --test-only
  std::vector<std::string> passed_over;  // "--mail-type: Weir sends no mail"
};

struct BatchReading {
  Batch batch;
  std::vector<base::Error> problems;  // all of them; then the batch is not to be used
};

// The text of a file; "-": what comes on standard input.
using ReadFile = std::function<base::Result<std::string>(const std::string& name)>;

// `words`: what stands behind `sbatch`: options, the script, its arguments. Words overrule lines of
// the script. `folder`: where it was called; the script runs there unless --chdir says otherwise,
// and leaves its output there, as Slurm does.
[[nodiscard]] BatchReading read_batch(std::span<const std::string> words, const std::string& folder,
                                      const ReadFile& read_file);

}  // namespace weir::cli::slurm
