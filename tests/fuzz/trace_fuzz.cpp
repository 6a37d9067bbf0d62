// Traces of strangers: every row gives a job or is counted, and what comes out is whole.
//
// The first byte says how to read the rest: as one of the kinds, by guess, as nodes, as
// throughputs.
#include <tuple>

#include "tests/fuzz/hold.h"
#include "twin/traces/openb.h"
#include "twin/traces/read_trace.h"
#include "twin/traces/throughput_table.h"

using weir::fuzz::hold;

namespace {

using namespace weir::twin;          // NOLINT(google-build-using-namespace)
using namespace weir::twin::traces;  // NOLINT(google-build-using-namespace)

void check_report(const RowReport& report, std::size_t good, std::uint32_t shown) {
  hold(report.rows == good + report.malformed_rows, "every row is good or malformed");
  hold(report.malformed.size() == std::min<std::uint64_t>(report.malformed_rows, shown),
       "as many are shown as asked for");
  for (const MalformedRow& row : report.malformed) {
    hold(row.line > 0 && !row.why.empty(), "a malformed row has its line and reason");
  }
}

void check_job(const TraceJob& job, const Workload& workload) {
  hold(job.submit.count() >= 0 && job.run_time.count() >= 0, "times are not negative");
  hold(job.run_time_known || job.run_time.count() == 0, "an unknown run time is zero");
  hold(job.nodes > 0 && job.memory_bytes >= 0, "there is something to run");
  hold(job.devices_milli <= 1000 || job.devices_milli % 1000 == 0, "only one device is shared");
  hold(job.tenant < workload.tenants.size() && job.user < workload.users.size() &&
           job.job_class < workload.job_classes.size(),
       "names are in their lists");
  for (const std::uint16_t model : job.device_models) {
    hold(model < workload.device_models.size(), "device models are in their list");
  }
}

void check(const TraceReading& reading, std::uint32_t shown) {
  const std::vector<TraceJob>& jobs = reading.workload.jobs;
  check_report(reading.report, jobs.size(), shown);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    check_job(jobs[i], reading.workload);
    hold(i == 0 || std::tie(jobs[i - 1].submit, jobs[i - 1].number) <=
                       std::tie(jobs[i].submit, jobs[i].number),
         "jobs stand by submit, then number");
  }
}

void check_throughputs(std::string_view text) {
  const auto table = read_gavel_throughputs(text);
  if (!table) return;
  hold(table->isolated.size() == table->kinds.size() * table->places.size(), "a rate for each");
  for (std::uint32_t kind = 0; kind < table->kinds.size(); ++kind) {
    hold(table->find_kind(table->kinds[kind].job_class, table->kinds[kind].scale_factor) == kind,
         "each kind is found");
  }
  for (const auto& [key, rate] : table->pairs) {
    hold(table->pair_rate(key.first, key.second, key.place) == rate, "each pair is found");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = weir::fuzz::text_of(bytes + 1, size - 1);
  constexpr std::uint8_t kinds = 9;
  const std::uint8_t way = bytes[0] % (kinds + 3);
  TraceOptions options;
  options.malformed_shown = 3;
  options.units_per_node = 1U + bytes[0] / 16U;
  options.processors = bytes[0] % 2 == 0 ? SwfColumn::used : SwfColumn::requested;
  if (way == kinds + 2) {
    check_throughputs(text);
  } else if (way == kinds + 1) {
    const auto nodes = read_openb_nodes(text, options.malformed_shown);
    if (nodes) check_report(nodes->report, nodes->nodes.size(), options.malformed_shown);
  } else {
    const auto kind = way == kinds ? std::nullopt : std::optional(static_cast<TraceKind>(way));
    const auto reading = read_trace_text(kind, text, options);
    if (reading) check(*reading, options.malformed_shown);
    hold(reading || !reading.error().message.empty(), "a refusal says why");
  }
  return 0;
}
