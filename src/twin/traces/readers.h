// The readers, one for each kind of trace: text in, jobs out. read_trace.h chooses among them.
//
// All of them: a row gives one job or is counted as malformed, and reading goes on. Where a trace
// does not say how many cpus a rank takes, it asks for one; where it names no tenant, user or
// class, that is "unknown". Fails: invalid: the text as a whole is not of that kind, and why.
#pragma once

#include <string_view>

#include "base/result.h"
#include "twin/traces/reading.h"

namespace weir::twin::traces {

// Standard Workload Format, version 2: 18 columns between spaces, comments and header after ";".
//
// A job is cut to ranks of `units_per_node` processors, one cpu each. Processors come from the
// column that the options name, and from the other one where that is unknown (-1 or 0). A row gives
// no job where both are unknown (field "allocated processors"), or its run time is (field "run
// time"); a run time of 0 is a job, which ends as it starts. Requested time becomes the limit,
// requested memory a rank's memory; user, group and executable become user, tenant and class
// ("user-3"). Not taken: dependencies of jobs (columns 17 and 18), which are counted in the notes.
// Source: Feitelson, "The Standard Workload Format", Parallel Workloads Archive.
[[nodiscard]] base::Result<TraceReading> read_swf(std::string_view text,
                                                  const TraceOptions& options = {});

// Alibaba's pods of cluster-trace-gpu-v2023: one rank each, of num_gpu whole devices or one shared.
//
// gpu_spec "A|B" becomes the device models; qos becomes the class. Submit is creation, run time is
// deletion less scheduling. Pods that were never scheduled, and all pods of the lists without times
// (multigpu20, multigpu40), are jobs whose run time is not known. Malformed: several shared
// devices, a share above 1000, times that go backwards.
[[nodiscard]] base::Result<TraceReading> read_openb_pods(std::string_view text,
                                                         const TraceOptions& options = {});

// Gavel's *.trace: tab-separated without names, of 7 columns (type, command, steps' flag, needs
// data, steps, arrival, scale factor), 9 (…, steps, scale factor, weight, SLO, arrival) or 10 (the
// same with a working directory).
//
// Scale factor many devices. The work is told in steps, so the run time is not known: what it is on
// a device model, a ThroughputTable tells. Not taken: weights other than 1 and SLOs (notes).
[[nodiscard]] base::Result<TraceReading> read_gavel_trace(std::string_view text,
                                                          const TraceOptions& options = {});

// A stream of Gavel's generator: job_id, unit_arrival, job_type, scale_factor, total_steps,
// duration_v100_s. Submit is unit_arrival × 3600 s / jobs_per_hour, run time is that on a V100.
[[nodiscard]] base::Result<TraceReading> read_gavel_stream(std::string_view text,
                                                           const TraceOptions& options = {});

// Microsoft Philly as one table: timestamp, duration in seconds, num_gpus, cluster (the tenant).
[[nodiscard]] base::Result<TraceReading> read_philly(std::string_view text,
                                                     const TraceOptions& options = {});

// GAIA: arrival_time and length in hours, cpus. One rank of that many cpus: it is one machine.
[[nodiscard]] base::Result<TraceReading> read_gaia(std::string_view text,
                                                   const TraceOptions& options = {});

// SenseTime Helios (cluster_log.csv) and Acme (trace_seren.csv, trace_kalos.csv).
//
// gpu_num and cpu_num are shared out evenly over node_num ranks; where the devices do not go up in
// node_num, over the next more ranks where they do. Run time is end less start (in Kalos the column
// `duration` counts the queue too; rows where they differ are counted). vc is the tenant, type the
// class, mem_per_pod_GB a rank's memory. Malformed: never started, times that go backwards.
[[nodiscard]] base::Result<TraceReading> read_helios(std::string_view text,
                                                     const TraceOptions& options = {});

// Workloads of Pollux and Sia: name, time in seconds, application, num_replicas, batch_size.
//
// One device for each replica; the class is "application (batch size n)", as Gavel names its own.
// How long a job runs depends on what it is given, so the run time is not known.
[[nodiscard]] base::Result<TraceReading> read_pollux(std::string_view text,
                                                     const TraceOptions& options = {});

// "Let's wait awhile": job_id, arrival_min_from_2020-01-01, duration_min.
[[nodiscard]] base::Result<TraceReading> read_wait_awhile(std::string_view text,
                                                          const TraceOptions& options = {});

}  // namespace weir::twin::traces
