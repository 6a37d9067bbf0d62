// One row for each job of a run, quoted as RFC 4180 has it, for spreadsheets and scripts.
#pragma once

#include <string>
#include <vector>

#include "twin/record.h"
#include "twin/workload.h"

namespace weir::twin {

// Times in seconds since the start of the run; empty where something never happened.
[[nodiscard]] std::string jobs_csv_heading();

class JobsCsv {
 public:
  // The workload outlives this. `site_names` are in the order in which the sites joined.
  JobsCsv(const Workload& workload, std::vector<std::string> site_names, base::Time start)
      : workload_(workload), site_names_(std::move(site_names)), start_(start) {}
  // With the end of its line.
  [[nodiscard]] std::string row(const JobOutcome& job, const TraceJob& trace) const;

 private:
  const Workload& workload_;
  std::vector<std::string> site_names_;
  base::Time start_;
};

}  // namespace weir::twin
