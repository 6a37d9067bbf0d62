#include "twin/traces/read_table.h"
#include "twin/traces/readers.h"

namespace weir::twin::traces {
namespace {

constexpr std::int64_t year_2020_us = 1'577'836'800'000'000;

struct Columns {
  TableColumn job, arrival, duration;
};

base::Result<TraceJob> job_of(const Row& row, const Columns& at, TraceBuilder& builder) {
  using namespace base;  // NOLINT(google-build-using-namespace): 1min
  TraceJob job;
  job.number = builder.number_of(row[at.job].text);
  job.submit = WEIR_TRY(duration_of(row[at.arrival], 1min));
  job.run_time = WEIR_TRY(duration_of(row[at.duration], 1min));
  job.tenant = builder.tenants.index_of("");
  job.user = builder.users.index_of("");
  job.job_class = builder.job_classes.index_of("");
  return job;
}

}  // namespace

base::Result<TraceReading> read_wait_awhile(std::string_view text, const TraceOptions& options) {
  Table table = WEIR_TRY(Table::open(text));
  const Columns at{
      .job = WEIR_TRY(table.column("job_id")),
      .arrival = WEIR_TRY(table.column("arrival_min_from_2020-01-01")),
      .duration = WEIR_TRY(table.column("duration_min")),
  };
  TraceReading reading =
      read_table(TraceKind::wait_awhile, table, options,
                 [&](const Row& row, TraceBuilder& builder) { return job_of(row, at, builder); });
  reading.start = base::time_from_us(year_2020_us);
  return reading;
}

}  // namespace weir::twin::traces
