#include "twin/traces/read_trace.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "twin/traces/field.h"
#include "twin/traces/lines.h"
#include "twin/traces/openb.h"
#include "twin/traces/readers.h"
#include "twin/traces/table.h"
#include "twin/traces/text_file.h"

namespace weir::twin::traces {
namespace {

using base::ErrorCode;

// Tables, and the columns that only they have together.
struct KnownTable {
  TraceKind kind = TraceKind::swf;
  char separator = ',';
  std::array<std::string_view, 4> columns;
};
constexpr std::array<KnownTable, 7> known_tables{{
    {TraceKind::openb_pods, ',', {"name", "cpu_milli", "num_gpu", "gpu_milli"}},
    {TraceKind::gavel_stream, '\t', {"unit_arrival", "job_type", "scale_factor", "total_steps"}},
    {TraceKind::philly, ',', {"timestamp", "duration", "num_gpus", "cluster"}},
    {TraceKind::helios, ',', {"job_id", "gpu_num", "node_num", "submit_time"}},
    {TraceKind::pollux, ',', {"time", "application", "num_replicas", "batch_size"}},
    {TraceKind::gaia, ',', {"arrival_time", "length", "cpus", "cpus"}},
    {TraceKind::wait_awhile,
     ',',
     {"job_id", "arrival_min_from_2020-01-01", "duration_min", "duration_min"}},
}};

// The first line that says something; "" where there is none.
std::string_view first_line(std::string_view text) {
  Lines lines(text);
  while (lines.next()) {
    if (!lines.is_blank()) return lines.line();
  }
  return {};
}

bool is_swf(std::string_view line) {
  if (line.starts_with(';')) return true;
  if (line.find_first_not_of("0123456789.- \t") != std::string_view::npos) return false;
  std::size_t words = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto space = [&](std::size_t at) { return line[at] == ' ' || line[at] == '\t'; };
    if (!space(i) && (i == 0 || space(i - 1))) ++words;
  }
  return words == 18;
}

bool is_gavel_trace(std::string_view line) {
  const auto tabs = std::count(line.begin(), line.end(), '\t');
  return tabs == 6 || tabs == 8 || tabs == 9;
}

std::string known_kinds() {
  std::string text;
  for (const std::string_view name : base::enum_names<TraceKind>()) {
    text += (text.empty() ? "" : ", ") + std::string(name);
  }
  return text;
}

base::Status check_options(const TraceOptions& options) {
  if (options.units_per_node == 0) {
    return base::fail(ErrorCode::invalid, "a node has at least 1 processor or device",
                      "units_per_node");
  }
  if (!std::isfinite(options.jobs_per_hour) || options.jobs_per_hour < 1e-6 ||
      options.jobs_per_hour > 1e9) {
    return base::fail(ErrorCode::invalid, "so many jobs an hour cannot be", "jobs_per_hour",
                      "a number above 0, such as 0.4");
  }
  return {};
}

base::Result<TraceReading> read_as(TraceKind kind, std::string_view text,
                                   const TraceOptions& options) {
  switch (kind) {
    case TraceKind::swf:
      return read_swf(text, options);
    case TraceKind::openb_pods:
      return read_openb_pods(text, options);
    case TraceKind::gavel_trace:
      return read_gavel_trace(text, options);
    case TraceKind::gavel_stream:
      return read_gavel_stream(text, options);
    case TraceKind::philly:
      return read_philly(text, options);
    case TraceKind::gaia:
      return read_gaia(text, options);
    case TraceKind::helios:
      return read_helios(text, options);
    case TraceKind::pollux:
      return read_pollux(text, options);
    case TraceKind::wait_awhile:
      return read_wait_awhile(text, options);
  }
  return base::fail(ErrorCode::invalid, "there is no such kind of trace", "kind", known_kinds());
}

}  // namespace

std::optional<TraceKind> guess_kind(std::string_view text) {
  const std::string_view line = first_line(text);
  if (is_swf(line)) return TraceKind::swf;
  for (const KnownTable& known : known_tables) {
    const auto table = Table::open(line, known.separator);
    if (table && table->has_all(known.columns)) return known.kind;
  }
  if (is_gavel_trace(line)) return TraceKind::gavel_trace;
  return {};
}

base::Result<TraceReading> read_trace_text(std::optional<TraceKind> kind, std::string_view text,
                                           const TraceOptions& options) {
  WEIR_TRY_STATUS(check_options(options));
  if (!kind) kind = guess_kind(text);
  if (kind) return read_as(*kind, text, options);
  const std::string_view line = first_line(text);
  if (line.empty()) return base::fail(ErrorCode::invalid, "the trace is empty");
  if (is_openb_nodes(line)) {
    return base::fail(ErrorCode::invalid, "is a list of nodes and tells of no job", {},
                      "give the list of pods as the trace, and this one as the nodes");
  }
  return base::fail(ErrorCode::invalid, "its first line, " + shown(line) + ", is of no known trace",
                    "kind", "say which kind it is: " + known_kinds());
}

base::Result<TraceReading> read_trace(std::optional<TraceKind> kind, const std::string& path,
                                      const TraceOptions& options) {
  const std::string text = WEIR_TRY(read_text_file(path));
  auto reading = read_trace_text(kind, text, options);
  if (!reading) {
    base::Error error = std::move(reading).error();
    error.place.file = path;
    return base::fail(std::move(error));
  }
  return reading;
}

}  // namespace weir::twin::traces
