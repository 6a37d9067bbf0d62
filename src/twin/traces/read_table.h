// The loop of every reader of a table.
#pragma once

#include "twin/traces/builder.h"
#include "twin/traces/table.h"

namespace weir::twin::traces {

// `job_of(row, builder)` makes a Result<TraceJob> of each row. `from_first`: see
// TraceBuilder::finish.
template <typename JobOf>
[[nodiscard]] TraceReading read_table(TraceKind kind, Table& table, const TraceOptions& options,
                                      JobOf job_of, bool from_first = false) {
  TraceBuilder builder(kind, options);
  while (table.next()) {
    builder.add(table.line(),
                table.row().and_then([&](const Row& row) { return job_of(row, builder); }));
  }
  builder.reading().report.blank_lines = table.blank_lines();
  return std::move(builder).finish(from_first);
}

}  // namespace weir::twin::traces
