// Work to be tried out in the twin: what arrives when, what it asks for, and what it really takes.
//
// The engine sees of a job only what its user would have said (demand, time limit); `run_time` is
// known to the modelled site alone, which ends the job by it. Rows are kept small, names once, so
// that a million jobs fit easily.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/job.h"
#include "model/throughput.h"

namespace weir::twin {

struct TraceJob {
  std::uint64_t number = 0;   // the trace's own number of it, or its row
  base::Duration submit{};    // after the start of the trace
  base::Duration run_time{};  // once started, on the first of the device models it asks for
  std::optional<base::Duration> time_limit;     // what its user said; none: nothing
  std::optional<base::Duration> recorded_wait;  // on the machine where the trace was recorded
  std::uint32_t tenant = 0;                     // index in Workload::tenants
  std::uint32_t user = 0;                       // index in Workload::users
  std::uint32_t job_class = 0;  // index in Workload::job_classes: what kind of program it is
  double steps = 0;             // the work in steps of its class, where the trace says it; else 0
  double told_part = 1;         // so much of that its user says
  std::int32_t priority = 50;
  std::uint32_t nodes = 1;  // ranks of a gang; below: what each rank asks for
  std::uint32_t cpus_milli = 1000;
  std::int64_t memory_bytes = 0;
  std::uint32_t devices_milli = 0;  // 1000: one whole device; below 1000: a share of one
  bool run_time_known = true;       // false: the trace does not say, and run_time is zero
  // Device models it may run on, as indices in Workload::device_models; empty: any there is.
  std::vector<std::uint16_t> device_models;
  std::optional<std::uint32_t> dataset;  // that it reads: index in Workload::datasets
  std::uint32_t home = 0;                // where its user would run it: index in Workload::homes
};

// A dataset that jobs read, and the site at which it lies when all begins.
struct TraceDataset {
  std::string name;
  std::int64_t bytes = 0;
  std::uint32_t home = 0;  // index in Workload::homes
};

// Ranks that ask for what this job asks for.
struct UsualRow {
  TraceJob job;
  std::int64_t ranks = 0;
};

struct Workload {
  std::vector<TraceJob> jobs;  // by submit, then number
  std::vector<std::string> tenants;
  std::vector<std::string> users;
  std::vector<std::string> job_classes;
  std::vector<std::string> device_models;
  // How fast job classes go on device models, where it is known: the engine is told, and the sites
  // keep to it.
  model::ThroughputTable throughputs;
  // What the engine is told instead, where it is told wrong; none: the same.
  std::optional<model::ThroughputTable> told_throughputs;
  bool cpus_in_thousandths = false;           // the engine counts thousandths of processors
  std::vector<UsualRow> usual;                // what is told to the engine as usual; none: nothing
  std::optional<base::Duration> patience;     // who has not started within it is cancelled
  std::optional<base::Duration> checkpoints;  // that jobs write, so often
  std::uint32_t checkpoint_percent = 100;     // of the jobs: those that write them
  model::Objective objective;                 // of all jobs
  base::Duration max_delay{};                 // likewise
  std::vector<TraceDataset> datasets;
  std::vector<std::string> homes;        // sites
  bool stays_home = false;               // each job runs at its home, and nowhere else
  bool tells_data = false;               // the engine is told who reads what
  bool pausable = false;                 // those that write checkpoints
  std::optional<double> deadline_times;  // of the time limit, from submission on
};

}  // namespace weir::twin
