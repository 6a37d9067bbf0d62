#include "twin/traces/read_table.h"
#include "twin/traces/readers.h"

namespace weir::twin::traces {
namespace {

struct Columns {
  TableColumn arrival, length, cpus;
};

base::Result<TraceJob> job_of(const Row& row, const Columns& at, TraceBuilder& builder) {
  using namespace base;  // NOLINT(google-build-using-namespace): 1h
  TraceJob job;
  job.number = builder.row_number();
  job.submit = WEIR_TRY(duration_of(row[at.arrival], 1h));
  job.run_time = WEIR_TRY(duration_of(row[at.length], 1h));
  job.cpus_milli =
      static_cast<std::uint32_t>(WEIR_TRY(whole_number(row[at.cpus], 1, most_units)) * 1000);
  job.tenant = builder.tenants.index_of("");
  job.user = builder.users.index_of("");
  job.job_class = builder.job_classes.index_of("");
  return job;
}

}  // namespace

base::Result<TraceReading> read_gaia(std::string_view text, const TraceOptions& options) {
  Table table = WEIR_TRY(Table::open(text));
  const Columns at{
      .arrival = WEIR_TRY(table.column("arrival_time")),
      .length = WEIR_TRY(table.column("length")),
      .cpus = WEIR_TRY(table.column("cpus")),
  };
  return read_table(TraceKind::gaia, table, options, [&](const Row& row, TraceBuilder& builder) {
    return job_of(row, at, builder);
  });
}

}  // namespace weir::twin::traces
