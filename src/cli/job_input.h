// From what the user gave (a file, a command, flags) to a job the server takes.
#pragma once

#include <string>
#include <vector>

#include "cli/client.h"
#include "cli/options.h"
#include "model/job_file.h"

namespace weir::cli {

struct JobInput {
  model::JobFile job;
  std::string workdir;  // a folder to pack and upload; "": none
};

// Reads and checks the job; flags overrule the file. All problems at once, ready to print; then the
// input is not to be used.
struct JobReading {
  JobInput input;
  std::vector<base::Error> problems;
};
[[nodiscard]] JobReading read_job_input(const JobFlags& flags);

// Packs the work folder and uploads it where the server has none like it; afterwards the job names
// it by its content. Shows progress on a terminal.
[[nodiscard]] base::Status upload_workdir(Client& client, JobInput& input);

}  // namespace weir::cli
