// price: what devices and processors cost.
#include <cstdio>

#include "base/money.h"
#include "base/read.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "gateway/replies.h"
#include "schedule/cost.h"
#include "twin/traces/text_file.h"

namespace weir::cli {

namespace {

int list_prices(const Common& common) {
  return show_answer<gateway::PriceList>(common, "/v1/prices", [](const auto& list) {
    Table table({"WHAT", "AN HOUR"});
    for (const model::DevicePrice& each : list.prices.device_hours) {
      table.add({each.device_model, base::format_money(each.price_micro_cny)});
    }
    for (const std::string& model : list.without_price) {
      table.add({model, "no price: costs nothing"});
    }
    const std::int64_t cpu = list.prices.cpu_hour_micro_cny;
    table.add({"cpu", cpu == 0 ? "no price: costs nothing" : base::format_money(cpu)});
    table.print();
    return 0;
  });
}

base::Result<model::PriceTable> read_price_file(const std::string& path) {
  constexpr std::uint64_t bytes_most = std::uint64_t{1} << 20U;
  const std::string text = WEIR_TRY(twin::traces::read_text_file(path, bytes_most));
  const auto document = WEIR_TRY(base::parse_yaml(text, path));
  auto table = WEIR_TRY(base::read_document<model::PriceTable>(document));
  auto status = schedule::check_prices(table);
  if (status) return table;
  base::Error error = std::move(status).error();
  error.place = base::at_path(document, error.field).place();
  return base::fail(std::move(error));
}

}  // namespace

int verb_price(const Common& common, const TableFlags& flags) {
  if (flags.action == "ls") return list_prices(common);
  return with_client(common, [&](Client& client) -> base::Result<int> {
    const auto table = WEIR_TRY(read_price_file(flags.file));
    (void)WEIR_TRY(client.call("PUT", "/v1/prices", base::to_json(table)));
    std::printf("%zu prices are set\n",
                table.device_hours.size() + (table.cpu_hour_micro_cny > 0 ? 1 : 0));
    return 0;
  });
}

}  // namespace weir::cli
