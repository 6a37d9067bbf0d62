#include "twin/traces/read_table.h"
#include "twin/traces/readers.h"

namespace weir::twin::traces {
namespace {

struct Columns {
  TableColumn submitted, duration, devices, cluster;
};

base::Result<TraceJob> job_of(const Row& row, const Columns& at, TraceBuilder& builder) {
  TraceJob job;
  job.number = builder.row_number();
  job.submit = WEIR_TRY(time_of(row[at.submitted])).time_since_epoch();
  job.run_time = WEIR_TRY(duration_of(row[at.duration]));
  const auto devices =
      static_cast<std::uint32_t>(WEIR_TRY(whole_number(row[at.devices], 1, most_units)));
  const Ranks ranks = cut_to_ranks(devices, builder.options().units_per_node);
  job.nodes = ranks.count;
  job.devices_milli = ranks.each * 1000;
  job.tenant = builder.tenants.index_of(row[at.cluster].text);
  job.user = builder.users.index_of("");
  job.job_class = builder.job_classes.index_of("");
  return job;
}

}  // namespace

base::Result<TraceReading> read_philly(std::string_view text, const TraceOptions& options) {
  Table table = WEIR_TRY(Table::open(text));
  const Columns at{
      .submitted = WEIR_TRY(table.column("timestamp")),
      .duration = WEIR_TRY(table.column("duration")),
      .devices = WEIR_TRY(table.column("num_gpus")),
      .cluster = WEIR_TRY(table.column("cluster")),
  };
  return read_table(
      TraceKind::philly, table, options,
      [&](const Row& row, TraceBuilder& builder) { return job_of(row, at, builder); }, true);
}

}  // namespace weir::twin::traces
