// power: what energy costs and emits at the sites.
#include <cstdio>

#include "base/money.h"
#include "base/quantity.h"
#include "base/read.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "flow/energy.h"
#include "twin/traces/text_file.h"

namespace weir::cli {

namespace {

// Of a series now, and until when it is known; "-": it was not told.
std::string now_of(const std::optional<model::Series>& series, base::Time at,
                   std::string (*text)(std::int64_t)) {
  if (!series) return "-";
  const flow::Steps steps(*series);
  const flow::Outlook outlook(steps);
  const auto ends = outlook.ends();
  if (ends && at >= *ends) return "told until " + relative(ends, at);
  return text(outlook.at(at)) + (ends ? ", known for " + span(at, ends) : "");
}

int list_power(const Common& common) {
  return show_answer<model::PowerTable>(common, "/v1/power", [](const model::PowerTable& power) {
    if (power.sites.empty()) {
      std::printf("Nothing is known of energy; `weir power set FILE` tells it.\n");
      return 0;
    }
    Table table({"SITE", "PUE", "A KWH COSTS", "A KWH EMITS", "COUNTED BY", "DRAW KNOWN OF"});
    const base::Time at = now();
    for (const model::SitePower& site : power.sites) {
      char pue[16];
      std::snprintf(pue, sizeof pue, "%.2f", static_cast<double>(site.pue_milli) / 1000);
      std::string draws = site.cpu_draw_mw > 0 ? "cpu" : "";
      for (const model::DeviceDraw& device : site.devices) {
        draws += (draws.empty() ? "" : ", ") + device.device_model;
      }
      table.add({site.site, pue, now_of(site.price_micro_cny_per_kwh, at, &base::format_money),
                 now_of(site.carbon_mg_per_kwh, at, &base::format_mass),
                 site.carbon_mg_per_kwh ? std::string(base::enum_name(site.carbon_method)) : "-",
                 draws.empty() ? "-" : draws});
    }
    table.print();
    return 0;
  });
}

base::Result<model::PowerTable> read_power_file(const std::string& path) {
  constexpr std::uint64_t bytes_most = std::uint64_t{1} << 20U;
  const std::string text = WEIR_TRY(twin::traces::read_text_file(path, bytes_most));
  const auto document = WEIR_TRY(base::parse_yaml(text, path));
  auto table = WEIR_TRY(base::read_document<model::PowerTable>(document));
  auto status = flow::check_power(table);
  if (status) return table;
  base::Error error = std::move(status).error();
  error.place = base::at_path(document, error.field).place();
  return base::fail(std::move(error));
}

}  // namespace

int verb_power(const Common& common, const TableFlags& flags) {
  if (flags.action == "ls") return list_power(common);
  return with_client(common, [&](Client& client) -> base::Result<int> {
    const auto table = WEIR_TRY(read_power_file(flags.file));
    (void)WEIR_TRY(client.call("PUT", "/v1/power", base::to_json(table)));
    std::printf("energy is told of %zu site%s\n", table.sites.size(),
                table.sites.size() == 1 ? "" : "s");
    return 0;
  });
}

}  // namespace weir::cli
