// throughput: how fast which work goes on which devices.
#include <cstdio>

#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "model/throughput.h"
#include "twin/throughput_file.h"

namespace weir::cli {

namespace {

std::string steps_a_second(std::int64_t rate_micro) {
  char text[32];
  (void)std::snprintf(text, sizeof text, "%.3f", static_cast<double>(rate_micro) / 1e6);
  return text;
}

int list_throughputs(const Common& common) {
  return show_answer<model::ThroughputTable>(common, "/v1/throughputs", [](const auto& list) {
    Table table({"WORK", "DEVICES", "STEPS/S", "BASIS", "SOURCE"});
    for (const model::Throughput& each : list.rates) {
      table.add({each.job_class, std::to_string(each.devices) + " " + each.device_model,
                 steps_a_second(each.rate_micro), std::string(base::enum_name(each.basis)),
                 each.source});
    }
    table.print();
    return 0;
  });
}

}  // namespace

int verb_throughput(const Common& common, const TableFlags& flags) {
  if (flags.action == "ls") return list_throughputs(common);
  return with_client(common, [&](Client& client) -> base::Result<int> {
    const auto table = WEIR_TRY(twin::read_throughput_file(flags.file));
    (void)WEIR_TRY(client.call("PUT", "/v1/throughputs", base::to_json(table)));
    std::printf("%zu rates are set\n", table.rates.size());
    return 0;
  });
}

}  // namespace weir::cli
