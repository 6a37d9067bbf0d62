// links and transfers: what lies between sites, and what is on its way.
#include <cstdio>

#include "base/money.h"
#include "base/quantity.h"
#include "base/read.h"
#include "cli/data_words.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "flow/data_policy.h"
#include "gateway/replies.h"
#include "twin/traces/text_file.h"

namespace weir::cli {

namespace {

int print_links(const gateway::LinkList& list) {
  if (list.sites.empty() && list.links.empty()) {
    std::printf("No links are told, so no data moves; `weir links set FILE` tells them.\n");
    return 0;
  }
  const base::Time at = now();
  Table links(
      {"FROM", "TO", "BANDWIDTH", "ROUND TRIP", "A GB COSTS", "BOOKED NOW", "UNTIL", "TRANSFERS"});
  for (const model::LinkView& view : list.links) {
    const model::Link& link = view.link;
    links.add({link.from, link.to, format_bandwidth(link.bandwidth_bps),
               format_round_trip(link.rtt_us), base::format_money(link.price_micro_cny_per_gb),
               view.booked_bps == 0 ? "" : format_bandwidth(view.booked_bps),
               relative(view.free_from, at), std::to_string(view.transfers)});
  }
  if (!links.empty()) links.print();
  Table sites({"SITE", "COUNTRY", "REGION", "CLEARED FOR", "MAY STORE"});
  for (const model::SitePlace& place : list.sites) {
    sites.add({place.site, place.country, place.region,
               std::string(base::enum_name(place.clearance)),
               place.storage_bytes ? base::format_bytes(*place.storage_bytes) : "all there is"});
  }
  if (!links.empty() && !sites.empty()) std::printf("\n");
  if (!sites.empty()) sites.print();
  return 0;
}

base::Result<model::NetworkTable> read_network_file(const std::string& path) {
  constexpr std::uint64_t bytes_most = std::uint64_t{16} << 20U;
  const bool standard_input = path == "-";
  const std::string text =
      WEIR_TRY(twin::traces::read_text_file(standard_input ? "/dev/stdin" : path, bytes_most));
  const auto document = WEIR_TRY(base::parse_yaml(text, standard_input ? "<stdin>" : path));
  auto table = WEIR_TRY(base::read_document<model::NetworkTable>(document));
  auto status = flow::check_network(table);
  if (status) return table;
  base::Error error = std::move(status).error();
  error.place = base::at_path(document, error.field).place();
  return base::fail(std::move(error));
}

std::string count_of(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

int verb_links(const Common& common, const TableFlags& flags) {
  if (flags.action != "set") {
    return show_answer<gateway::LinkList>(common, "/v1/links", &print_links);
  }
  return with_client(common, [&](Client& client) -> base::Result<int> {
    const auto table = WEIR_TRY(read_network_file(flags.file));
    (void)WEIR_TRY(client.call("PUT", "/v1/network", base::to_json(table)));
    std::printf("%s and %s are told\n", count_of(table.sites.size(), "site").c_str(),
                count_of(table.links.size(), "link").c_str());
    return 0;
  });
}

void print_transfers(const std::vector<model::TransferView>& transfers) {
  const base::Time at = now();
  Table table({"ID", "DATASET", "SIZE", "FROM", "BY", "TO", "CLASS", "BEGINS", "THERE", "COSTS"});
  for (const model::TransferView& view : transfers) {
    table.add({std::to_string(view.id.value), model::name_of(view.dataset),
               base::format_bytes(view.bytes), view.from, view.relay, view.to,
               std::string(base::enum_name(view.transfer_class)), relative(view.begin, at),
               view.end ? relative(view.end, at) : "unknown", base::format_money(view.micro_cny)});
  }
  table.print();
}

int verb_transfers(const Common& common) {
  return show_answer<gateway::TransferList>(common, "/v1/transfers", [](const auto& list) {
    if (list.transfers.empty()) {
      std::printf("Nothing is on its way.\n");
      return 0;
    }
    print_transfers(list.transfers);
    return 0;
  });
}

}  // namespace weir::cli
