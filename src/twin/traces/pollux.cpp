#include "twin/traces/read_table.h"
#include "twin/traces/readers.h"

namespace weir::twin::traces {
namespace {

struct Columns {
  TableColumn name, time, application, replicas, batch_size;
};

base::Result<TraceJob> job_of(const Row& row, const Columns& at, TraceBuilder& builder) {
  TraceJob job;
  job.number = builder.number_of(row[at.name].text);
  job.submit = WEIR_TRY(duration_of(row[at.time]));
  job.run_time_known = false;
  const auto replicas =
      static_cast<std::uint32_t>(WEIR_TRY(whole_number(row[at.replicas], 1, most_units)));
  const std::int64_t batch = WEIR_TRY(whole_number(row[at.batch_size], 1, std::int64_t{1} << 40));
  const Ranks ranks = cut_to_ranks(replicas, builder.options().units_per_node);
  job.nodes = ranks.count;
  job.devices_milli = ranks.each * 1000;
  job.tenant = builder.tenants.index_of("");
  job.user = builder.users.index_of("");
  job.job_class = builder.job_classes.index_of(std::string(row[at.application].text) +
                                               " (batch size " + std::to_string(batch) + ")");
  return job;
}

}  // namespace

base::Result<TraceReading> read_pollux(std::string_view text, const TraceOptions& options) {
  Table table = WEIR_TRY(Table::open(text));
  const Columns at{
      .name = WEIR_TRY(table.column("name")),
      .time = WEIR_TRY(table.column("time")),
      .application = WEIR_TRY(table.column("application")),
      .replicas = WEIR_TRY(table.column("num_replicas")),
      .batch_size = WEIR_TRY(table.column("batch_size")),
  };
  return read_table(TraceKind::pollux, table, options, [&](const Row& row, TraceBuilder& builder) {
    return job_of(row, at, builder);
  });
}

}  // namespace weir::twin::traces
