#include "twin/jobs_csv.h"

#include <fmt/format.h>

namespace weir::twin {

namespace {

std::string seconds(base::Duration duration) {
  const std::int64_t us = duration.count();
  std::string text = fmt::format("{}.{:06}", us / 1'000'000, us % 1'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + "\"";
}

const std::string& name_at(const std::vector<std::string>& names, std::size_t index) {
  static const std::string none;
  return index < names.size() ? names[index] : none;
}

}  // namespace

std::string jobs_csv_heading() {
  return "job,trace_number,tenant,user,class,nodes,cpus,devices,submit_s,start_s,end_s,wait_s,"
         "time_limit_s,state,attempts,site\n";
}

std::string JobsCsv::row(const JobOutcome& job, const TraceJob& trace) const {
  const auto since_start = [&](const std::optional<base::Time>& time) {
    return time ? seconds(*time - start_) : std::string();
  };
  const std::string wait = job.started ? seconds(*job.started - job.submitted) : "";
  const std::string limit = trace.time_limit ? seconds(*trace.time_limit) : "";
  const std::string& site = job.site ? name_at(site_names_, job.site.value - 1)
                                     : name_at(site_names_, site_names_.size());
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", job.job.value,
                     trace.number, field(name_at(workload_.tenants, trace.tenant)),
                     field(name_at(workload_.users, trace.user)),
                     field(name_at(workload_.job_classes, trace.job_class)), job.nodes, job.cpus,
                     model::devices_text(job.devices_milli), seconds(job.submitted - start_),
                     since_start(job.started), since_start(job.ended), wait, limit,
                     base::enum_name(job.state), job.attempts, field(site));
}

}  // namespace weir::twin
