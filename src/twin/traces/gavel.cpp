#include <cmath>
#include <span>
#include <vector>

#include "twin/traces/lines.h"
#include "twin/traces/read_table.h"
#include "twin/traces/readers.h"

namespace weir::twin::traces {
namespace {

constexpr double most_steps = 1e15;

// Where the columns that count stand, for each number of columns there is.
struct LineForm {
  std::size_t columns = 0;
  std::size_t steps = 0;
  std::size_t arrival = 0;
  std::size_t scale_factor = 0;
  std::optional<std::size_t> weight, slo;
};
constexpr LineForm forms[]{
    {7, 4, 5, 6, {}, {}},
    {9, 4, 8, 5, 6, 7},
    {10, 5, 9, 6, 7, 8},
};

base::Result<double> steps_of(const Field& field) {
  const double steps = WEIR_TRY(number(field));
  if (steps < 0 || steps > most_steps) return bad_field(field, "is no number of steps");
  return steps;
}

base::Status read_scale(const Field& field, TraceBuilder& builder, TraceJob& job) {
  const auto devices = static_cast<std::uint32_t>(WEIR_TRY(whole_number(field, 1, most_units)));
  const Ranks ranks = cut_to_ranks(devices, builder.options().units_per_node);
  job.nodes = ranks.count;
  job.devices_milli = ranks.each * 1000;
  return {};
}

void read_names(std::string_view job_type, TraceBuilder& builder, TraceJob& job) {
  job.tenant = builder.tenants.index_of("");
  job.user = builder.users.index_of("");
  job.job_class = builder.job_classes.index_of(job_type);
}

base::Result<TraceJob> job_of_line(std::string_view line, TraceBuilder& builder) {
  std::vector<std::string_view> fields;
  for (std::size_t start = 0; start <= line.size();) {
    const std::size_t end = std::min(line.find('\t', start), line.size());
    fields.push_back(line.substr(start, end - start));
    start = end + 1;
  }
  const LineForm* form = nullptr;
  for (const LineForm& each : forms) {
    if (each.columns == fields.size()) form = &each;
  }
  if (form == nullptr) {
    return base::fail(base::ErrorCode::invalid, "has " + std::to_string(fields.size()) +
                                                    " columns where a job has 7, 9 or 10");
  }
  TraceJob job;
  job.number = builder.row_number();
  job.run_time_known = false;
  job.steps = WEIR_TRY(steps_of({"total_steps", fields[form->steps]}));
  job.submit = WEIR_TRY(duration_of({"arrival_time", fields[form->arrival]}));
  WEIR_TRY_STATUS(read_scale({"scale_factor", fields[form->scale_factor]}, builder, job));
  if (form->weight && WEIR_TRY(number({"priority_weight", fields[*form->weight]})) != 1) {
    builder.note("a priority weight other than 1: not taken");
  }
  if (form->slo && WEIR_TRY(number({"SLO", fields[*form->slo]})) >= 0) {
    builder.note("a service level objective: not taken");
  }
  read_names(fields[0], builder, job);
  return job;
}

struct StreamColumns {
  TableColumn job, arrival, type, scale_factor, steps, duration;
};

base::Result<TraceJob> job_of(const Row& row, const StreamColumns& at, TraceBuilder& builder) {
  TraceJob job;
  job.number = builder.number_of(row[at.job].text);
  const double gap_us = 3600e6 / builder.options().jobs_per_hour;
  const double arrival_us = WEIR_TRY(number(row[at.arrival])) * gap_us;
  if (arrival_us < 0 || arrival_us > 9e16) return bad_field(row[at.arrival], "is no arrival");
  job.submit = base::Duration(std::llround(arrival_us));
  WEIR_TRY_STATUS(read_scale(row[at.scale_factor], builder, job));
  job.steps = WEIR_TRY(steps_of(row[at.steps]));
  job.run_time = WEIR_TRY(duration_of(row[at.duration]));
  read_names(row[at.type].text, builder, job);
  return job;
}

}  // namespace

base::Result<TraceReading> read_gavel_trace(std::string_view text, const TraceOptions& options) {
  TraceBuilder builder(TraceKind::gavel_trace, options);
  Lines lines(text);
  while (lines.next()) {
    if (lines.is_blank()) {
      builder.add_blank_line();
    } else {
      builder.add(lines.number(), job_of_line(lines.line(), builder));
    }
  }
  return std::move(builder).finish();
}

base::Result<TraceReading> read_gavel_stream(std::string_view text, const TraceOptions& options) {
  Table table = WEIR_TRY(Table::open(text, '\t'));
  const StreamColumns at{
      .job = WEIR_TRY(table.column("job_id")),
      .arrival = WEIR_TRY(table.column("unit_arrival")),
      .type = WEIR_TRY(table.column("job_type")),
      .scale_factor = WEIR_TRY(table.column("scale_factor")),
      .steps = WEIR_TRY(table.column("total_steps")),
      .duration = WEIR_TRY(table.column("duration_v100_s")),
  };
  return read_table(
      TraceKind::gavel_stream, table, options,
      [&](const Row& row, TraceBuilder& builder) { return job_of(row, at, builder); });
}

}  // namespace weir::twin::traces
