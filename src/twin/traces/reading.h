// What reading a trace gives: its jobs, how many rows were read, and each row that gave no job.
//
// No row is dropped in silence: rows = jobs + malformed_rows. Of malformed rows the first few are
// kept with line, field and reason; all are counted. What a reader had to decide for a job that is
// well formed ("cut to whole nodes", "the trace tells no run time") is counted in `notes`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/result.h"
#include "base/time.h"
#include "twin/workload.h"

namespace weir::twin::traces {

enum class TraceKind : std::uint8_t {
  swf,           // Standard Workload Format, Parallel Workloads Archive
  openb_pods,    // Alibaba cluster-trace-gpu-v2023, openb_pod_list_*.csv
  gavel_trace,   // Gavel's *.trace files
  gavel_stream,  // a job stream of Gavel's generator as a table
  philly,        // Microsoft Philly as a table: timestamp, duration, num_gpus, …, cluster
  gaia,          // GAIA's arrival_time, length, cpus
  helios,        // SenseTime Helios, and Acme (Seren, Kalos), which grew from it
  pollux,        // workloads of Pollux and Sia: name, time, application, num_replicas, batch_size
  wait_awhile,   // "Let's wait awhile": machine learning jobs in minutes of a year
};
WEIR_DESCRIBE_ENUM(TraceKind, swf, openb_pods, gavel_trace, gavel_stream, philly, gaia, helios,
                   pollux, wait_awhile)

// Which of two columns counts, where a job has both (see read_swf).
enum class SwfColumn : std::uint8_t { used, requested };
WEIR_DESCRIBE_ENUM(SwfColumn, used, requested)

struct TraceOptions {
  SwfColumn processors = SwfColumn::used;  // SWF
  SwfColumn run_time =
      SwfColumn::used;  // SWF; `requested`: the user's estimate taken for the truth
  // How many processors (SWF) or devices (others) a node of the recorded machine had: a job becomes
  // the fewest equal ranks that such nodes can hold. 1: one rank for each.
  std::uint32_t units_per_node = 1;
  // Gavel's generated streams tell arrivals in units of the mean gap; this is its inverse.
  double jobs_per_hour = 1.0;
  // How many malformed rows are kept with their reason.
  std::uint32_t malformed_shown = 100;
};
WEIR_DESCRIBE(TraceOptions, processors, run_time, units_per_node, jobs_per_hour, malformed_shown)

struct MalformedRow {
  std::uint64_t line = 0;  // from 1
  std::string field;       // its name in the trace; "" where the whole row is at fault
  std::string why;

  friend bool operator==(const MalformedRow&, const MalformedRow&) = default;
};
WEIR_DESCRIBE(MalformedRow, line, field, why)

// How the rows of a file fared. `rows` counts neither headers, comments nor blank lines.
struct RowReport {
  std::uint64_t rows = 0;
  std::uint64_t blank_lines = 0;
  std::uint64_t malformed_rows = 0;
  std::vector<MalformedRow> malformed;         // the first of them, in the order of the file
  std::map<std::string, std::uint64_t> notes;  // what was decided, for how many rows

  // Counts a row that gave nothing.
  void add_malformed(std::uint64_t line, const base::Error& error, std::uint32_t shown);
};
WEIR_DESCRIBE(RowReport, rows, blank_lines, malformed_rows, malformed, notes)

struct TraceReading {
  TraceKind kind = TraceKind::swf;
  Workload workload;
  std::optional<base::Time> start;  // what submit 0 means; none: the trace does not say
  // The recorded machine, where the trace tells of it (SWF: MaxNodes, MaxProcs).
  std::optional<std::int64_t> machine_nodes;
  std::optional<std::int64_t> machine_processors;
  RowReport report;
};

}  // namespace weir::twin::traces
