// A workload on its way into the engine: which jobs are submitted when, and which row of the
// workload became which job.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "model/input.h"
#include "model/usual_work.h"
#include "schedule/throughput.h"
#include "twin/site.h"
#include "twin/workload.h"

namespace weir::twin {

class Arrivals {
 public:
  // Requires: the workload's jobs are by submit, and it outlives this. `sites` say which device
  // models there are, for jobs that take any.
  Arrivals(const Workload& workload, std::span<const SiteModel> sites, base::Time start);

  // When the next jobs come; none: all have come.
  [[nodiscard]] std::optional<base::Time> next() const;
  // The jobs that one user submits in one moment, as one submission. They are known under the ids
  // from `first` on at once, as work may start in the very step of its submission.
  // Requires: next() has a value; `first` is the id the engine gives next.
  [[nodiscard]] model::SubmitJobs take(model::JobId first);
  // What its jobs usually ask for, to be told to the engine: the most frequent, until they make up
  // so many of 100. None: nothing is.
  [[nodiscard]] std::vector<model::UsualDemand> usual(std::int64_t percent) const;
  // What the engine said to the submission taken last. Refused jobs of several are handed out once
  // more by take(), each alone, so that one that fits nowhere takes no other with it.
  void answered(const engine::Reply& reply);

  // The row of the workload behind a job. Requires: the job came from here.
  [[nodiscard]] std::uint32_t row_of(model::JobId job) const { return rows_[job.value - first_]; }
  [[nodiscard]] const TraceJob& trace_job(model::JobId job) const {
    return workload_.jobs[row_of(job)];
  }
  // None: the trace does not say.
  [[nodiscard]] std::optional<base::Duration> run_time(model::JobId job) const {
    const TraceJob& row = trace_job(job);
    return row.run_time_known ? std::optional(row.run_time) : std::nullopt;
  }

  // All of its work, in millionths of steps; of one without steps, its run time in microseconds.
  [[nodiscard]] std::int64_t work_micro(model::JobId job) const;
  [[nodiscard]] const schedule::Throughputs& throughputs() const { return throughputs_; }
  [[nodiscard]] std::string class_of(model::JobId job) const { return class_of(trace_job(job)); }

  // On these devices: by the steps of its work and the rate it goes there, else from how long it
  // takes on those it names first; where no rate is known, as long as on any.
  [[nodiscard]] std::optional<base::Duration> run_time_on(model::JobId job,
                                                          const schedule::DeviceGroup& group) const;

  [[nodiscard]] const Workload& workload() const { return workload_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  [[nodiscard]] std::uint64_t taken() const { return rows_.size(); }

 private:
  static constexpr std::uint32_t together_max = 1000;

  [[nodiscard]] bool writes_checkpoints(const TraceJob& job) const;
  [[nodiscard]] model::JobSpec spec_of(const TraceJob& job);
  [[nodiscard]] std::vector<model::ResourceOption> options_of(const TraceJob& job) const;
  [[nodiscard]] std::string class_of(const TraceJob& job) const;
  // The model it names first, or would be given first; "" for work without devices.
  [[nodiscard]] std::string first_model_of(const TraceJob& job) const;

  const Workload& workload_;
  base::Time start_;
  std::vector<std::string> all_models_;  // of devices, sorted
  schedule::Throughputs throughputs_;
  std::uint32_t next_ = 0;         // row
  std::uint32_t alone_until_ = 0;  // rows below this are submitted one by one
  std::uint32_t last_first_ = 0;   // rows of the submission taken last
  std::uint32_t last_count_ = 0;
  std::uint64_t first_ = 0;          // id of the first job
  std::vector<std::uint32_t> rows_;  // by job id − first_
  std::uint64_t refused_ = 0;
};

}  // namespace weir::twin
