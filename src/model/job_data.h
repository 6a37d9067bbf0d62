// What a job file says of data and of where to run, checked. Private to this room.
#pragma once

#include "model/job_file.h"

namespace weir::model {

// Fails: invalid; the error's field is one of the job file's.
[[nodiscard]] base::Status read_data(const JobFile& file, JobSpec& spec);

}  // namespace weir::model
