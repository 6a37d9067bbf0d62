// Scripts for sbatch, its words, and formats of squeue: whatever is in them is a job or problems.
#include "cli/slurm/amounts.h"
#include "cli/slurm/batch_script.h"
#include "cli/slurm/queue_listing.h"
#include "tests/fuzz/hold.h"

using namespace weir;  // NOLINT(google-build-using-namespace): the rooms under test
using weir::fuzz::hold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(weir::fuzz::text_of(bytes, size));
  const auto read = [&](const std::vector<std::string>& words, const std::string& script) {
    return cli::slurm::read_batch(
        words, "/home", [&](const std::string&) -> base::Result<std::string> { return script; });
  };
  for (const auto& reading : {read({"job.sh"}, text), read({text, "job.sh"}, "#!/bin/sh\n")}) {
    hold(!reading.problems.empty() || reading.batch.job.command.size() == 1, "one or the other");
    for (const base::Error& problem : reading.problems) hold(!problem.text().empty(), "it is said");
  }
  if (const auto time = cli::slurm::parse_slurm_time(text); time && *time) {
    hold(**time > base::Duration(0), "a time is more than none");
  }
  if (const auto memory = cli::slurm::parse_slurm_memory(text)) hold(*memory > 0, "as is memory");
  if (const auto columns = cli::slurm::read_format(text)) {
    (void)cli::slurm::row(*columns, {}, "", {});
  }
  return 0;
}
