#include <cmath>

#include "twin/traces/read_table.h"
#include "twin/traces/readers.h"

namespace weir::twin::traces {
namespace {

struct Columns {
  TableColumn job, user, nodes, devices, cpus, submitted, started, ended;
  std::optional<TableColumn> tenant, type, duration, memory;
};

base::Status read_times(const Row& row, const Columns& at, TraceBuilder& builder, TraceJob& job) {
  const base::Time submitted = WEIR_TRY(time_of(row[at.submitted]));
  if (row[at.started].text.empty()) return bad_field(row[at.started], "says it never started");
  const base::Time started = WEIR_TRY(time_of(row[at.started]));
  const base::Time ended = WEIR_TRY(time_of(row[at.ended]));
  if (started < submitted) return bad_field(row[at.started], "is before it was submitted");
  if (ended < started) return bad_field(row[at.ended], "is before it started");
  job.submit = submitted.time_since_epoch();
  job.recorded_wait = started - submitted;
  job.run_time = ended - started;
  if (!row[at.duration].text.empty()) {
    const base::Duration told = WEIR_TRY(duration_of(row[at.duration]));
    if (told != job.run_time) builder.note("`duration` is not end less start: the latter is taken");
  }
  return {};
}

base::Status read_size(const Row& row, const Columns& at, TraceBuilder& builder, TraceJob& job) {
  const auto nodes =
      static_cast<std::uint32_t>(WEIR_TRY(whole_number(row[at.nodes], 1, most_units)));
  const auto devices =
      static_cast<std::uint32_t>(WEIR_TRY(whole_number(row[at.devices], 0, most_units)));
  const std::int64_t cpus = WEIR_TRY(whole_number(row[at.cpus], 0, most_units));
  job.nodes = nodes;
  if (devices > 0) {
    if (devices < nodes) {
      return bad_field(row[at.devices],
                       "devices cannot be shared out over " + std::to_string(nodes) + " nodes");
    }
    const Ranks ranks = cut_to_ranks(devices, devices, nodes);
    if (ranks.count != nodes) builder.note("devices do not go up in the nodes: over more ranks");
    job.nodes = ranks.count;
    job.devices_milli = ranks.each * 1000;
  }
  // Rounded up: a rank does not get less than its share.
  job.cpus_milli = static_cast<std::uint32_t>((cpus * 1000 + job.nodes - 1) / job.nodes);
  if (!row[at.memory].text.empty()) {
    const double gigabytes = WEIR_TRY(number(row[at.memory]));
    if (gigabytes < 0 || gigabytes > 1e9) return bad_field(row[at.memory], "is no size of memory");
    job.memory_bytes = std::llround(gigabytes * 1e9);
  }
  return {};
}

base::Result<TraceJob> job_of(const Row& row, const Columns& at, TraceBuilder& builder) {
  TraceJob job;
  job.number = builder.number_of(row[at.job].text);
  WEIR_TRY_STATUS(read_size(row, at, builder, job));
  WEIR_TRY_STATUS(read_times(row, at, builder, job));
  job.tenant = builder.tenants.index_of(row[at.tenant].text);
  job.user = builder.users.index_of(row[at.user].text);
  job.job_class = builder.job_classes.index_of(row[at.type].text);
  return job;
}

}  // namespace

base::Result<TraceReading> read_helios(std::string_view text, const TraceOptions& options) {
  Table table = WEIR_TRY(Table::open(text));
  const Columns at{
      .job = WEIR_TRY(table.column("job_id")),
      .user = WEIR_TRY(table.column("user")),
      .nodes = WEIR_TRY(table.column("node_num")),
      .devices = WEIR_TRY(table.column("gpu_num")),
      .cpus = WEIR_TRY(table.column("cpu_num")),
      .submitted = WEIR_TRY(table.column("submit_time")),
      .started = WEIR_TRY(table.column("start_time")),
      .ended = WEIR_TRY(table.column("end_time")),
      .tenant = table.find("vc"),
      .type = table.find("type"),
      .duration = table.find("duration"),
      .memory = table.find("mem_per_pod_GB"),
  };
  return read_table(
      TraceKind::helios, table, options,
      [&](const Row& row, TraceBuilder& builder) { return job_of(row, at, builder); }, true);
}

}  // namespace weir::twin::traces
