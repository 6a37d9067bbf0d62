// datasets: what there is, where it lies, and what is to become of it.
#include <algorithm>
#include <cstdio>

#include "base/quantity.h"
#include "cli/data_words.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "gateway/replies.h"

namespace weir::cli {

namespace {

using base::Result;
using gateway::DatasetList;
using gateway::DatasetOrder;
using model::Dataset;
using model::DatasetVersion;
using model::DatasetView;

std::string target_of(const DatasetVersion& which) {
  std::string target = "/v1/datasets/" + escape(which.name);
  if (which.version > 0) target += "?version=" + std::to_string(which.version);
  return target;
}

std::string sites_of(const Dataset& dataset) {
  std::vector<std::string> sites;
  for (const model::Replica& replica : dataset.replicas) sites.push_back(replica.site);
  return with_commas(sites);
}

std::string rules_of(const Dataset& dataset) {
  std::vector<std::string> rules;
  for (const model::ReplicaRule& rule : dataset.rules) rules.push_back(in_words(rule));
  return with_commas(rules);
}

std::string readers_of(const DatasetView& view) {
  std::vector<std::string> jobs;
  for (const model::JobId job : view.read_by) jobs.push_back(std::to_string(job.value));
  return with_commas(jobs);
}

// ---- ls

int print_datasets(const DatasetList& list) {
  if (list.datasets.empty()) {
    std::printf("No datasets; `weir datasets add NAME --bytes SIZE` registers one.\n");
    return 0;
  }
  Table table(
      {"NAME", "VERSION", "SIZE", "AT", "ON ITS WAY TO", "SENSITIVITY", "RULES", "READ BY"});
  for (const DatasetView& view : list.datasets) {
    const Dataset& dataset = view.dataset;
    table.add({dataset.name, std::to_string(dataset.version), base::format_bytes(dataset.bytes),
               dataset.replicas.empty() ? "nowhere" : sites_of(dataset),
               with_commas(view.on_its_way_to),
               std::string(base::enum_name(dataset.labels.sensitivity)), rules_of(dataset),
               readers_of(view)});
  }
  table.print();
  return 0;
}

// ---- show

void line(const char* name, const std::string& value) {
  if (!value.empty()) std::printf("%s %s\n", paint(Colour::dim, name).c_str(), value.c_str());
}

void print_version(const DatasetView& view, const std::vector<model::TransferView>& transfers) {
  const Dataset& dataset = view.dataset;
  const DatasetVersion which{dataset.name, dataset.version};
  const base::Time from = now();
  std::printf("%s %s\n", paint(Colour::bold, model::name_of(which)).c_str(),
              base::format_bytes(dataset.bytes).c_str());
  line("registered ", base::format_time(dataset.registered));
  line("manifest   ",
       dataset.manifest.empty() ? "none: what is moved of it cannot be checked" : dataset.manifest);
  line("sensitivity", std::string(base::enum_name(dataset.labels.sensitivity)));
  line("residency  ", with_commas(dataset.labels.residency));
  line("modality   ", dataset.labels.modality);
  line("owner      ", dataset.labels.owner);
  line("licence    ", dataset.labels.licence);
  if (dataset.made_by) {
    std::vector<std::string> sources;
    for (const DatasetVersion& source : dataset.made_from) {
      sources.push_back(model::name_of(source));
    }
    line("made by    ", "job " + std::to_string(dataset.made_by->value) +
                            (sources.empty() ? "" : " from " + with_commas(sources)));
  }
  line("rules      ", rules_of(dataset));
  line("read by    ", view.read_by.empty() ? "" : "jobs " + readers_of(view));
  if (dataset.replicas.empty()) {
    std::printf("It lies nowhere that Weir knows of.\n");
  } else {
    std::printf("\n");
    Table table({"AT", "WHERE THERE", "SINCE", "LAST READ"});
    for (const model::Replica& replica : dataset.replicas) {
      table.add({replica.site, replica.location.empty() ? "Weir's own store" : replica.location,
                 relative(replica.made, from), relative(replica.used, from)});
    }
    table.print();
  }
  std::vector<model::TransferView> coming;
  std::copy_if(transfers.begin(), transfers.end(), std::back_inserter(coming),
               [&](const model::TransferView& each) { return each.dataset == which; });
  if (coming.empty()) return;
  std::printf("\n");
  print_transfers(coming);
}

Result<int> show_dataset(const Common& common, Client& client, const DatasetVersion& which) {
  const std::string answer = WEIR_TRY(client.call("GET", target_of(which)));
  if (common.format == Format::json) {
    std::printf("%s\n", answer.c_str());
    return 0;
  }
  const auto list = WEIR_TRY(base::from_json<DatasetList>(answer));
  const auto transfers = WEIR_TRY(client.ask<gateway::TransferList>("GET", "/v1/transfers"));
  for (const DatasetView& view : list.datasets) {
    if (&view != &list.datasets.front()) std::printf("\n");
    print_version(view, transfers.transfers);
  }
  return 0;
}

// ---- add, rules, rm

// What a version's bytes are: its size, and its manifest's identity. What reads folders and
// manifests itself belongs here.
base::Status read_content(const DatasetFlags& flags, DatasetOrder& order) {
  if (flags.bytes.empty()) {
    return base::fail(base::ErrorCode::invalid, "nothing says how large it is", "--bytes",
                      "write it like --bytes 1.5TiB");
  }
  auto bytes = base::parse_bytes(flags.bytes);
  if (!bytes) {
    base::Error error = std::move(bytes).error();
    error.field = "--bytes";
    return base::fail(std::move(error));
  }
  order.bytes = *bytes;
  order.manifest = flags.manifest;
  return {};
}

base::Status read_rules(const DatasetFlags& flags, DatasetOrder& order) {
  order.rules.clear();
  for (const std::string& text : flags.rules) {
    order.rules.push_back(WEIR_TRY(read_rule(text)));
  }
  return {};
}

Result<DatasetOrder> new_version(const DatasetFlags& flags, std::uint32_t version) {
  DatasetOrder order;
  order.version = version;
  WEIR_TRY_STATUS(read_content(flags, order));
  WEIR_TRY_STATUS(read_rules(flags, order));
  order.labels.modality = flags.modality;
  order.labels.owner = flags.owner;
  order.labels.licence = flags.licence;
  order.labels.residency = flags.residency;
  if (const auto named = base::enum_from<model::Sensitivity>(flags.sensitivity)) {
    order.labels.sensitivity = *named;
  }
  if (!flags.location.empty() && flags.site.empty()) {
    return base::fail(base::ErrorCode::invalid, "a location was given and no site", "--location",
                      "say at which site it lies: --site NAME");
  }
  if (!flags.site.empty()) order.replicas.push_back({flags.site, flags.location, {}, {}});
  return order;
}

// As it is, so that something of it can be changed. Where it lies stays as it is known.
Result<DatasetOrder> known_version(Client& client, const DatasetVersion& which) {
  const auto list = WEIR_TRY(client.ask<DatasetList>("GET", target_of(which)));
  if (list.datasets.empty()) {
    return base::fail(base::ErrorCode::input_output, "the server named no version");
  }
  const Dataset& newest = list.datasets.back().dataset;
  return DatasetOrder{newest.version, newest.bytes, newest.manifest,
                      newest.labels,  newest.rules, {}};
}

Result<int> put(const Common& common, Client& client, const std::string& name,
                const DatasetOrder& order) {
  const std::string answer =
      WEIR_TRY(client.call("PUT", "/v1/datasets/" + escape(name), base::to_json(order),
                           {{"Idempotency-Key", fresh_idempotency_key()}}));
  if (common.format == Format::json) {
    std::printf("%s\n", answer.c_str());
  } else {
    const auto which = WEIR_TRY(base::from_json<DatasetVersion>(answer));
    std::printf("%s\n", model::name_of(which).c_str());
  }
  return 0;
}

}  // namespace

int verb_datasets(const Common& common, const DatasetFlags& flags) {
  if (flags.action == "ls") {
    return show_answer<DatasetList>(common, "/v1/datasets", &print_datasets);
  }
  return with_client(common, [&](Client& client) -> Result<int> {
    const DatasetVersion which = WEIR_TRY(read_dataset_name(flags.name));
    if (flags.action == "show") return show_dataset(common, client, which);
    if (flags.action == "rm") {
      (void)WEIR_TRY(client.call("DELETE", target_of(which)));
      std::printf("%s is gone\n", model::name_of(which).c_str());
      return 0;
    }
    if (flags.action == "add") {
      const DatasetOrder order = WEIR_TRY(new_version(flags, which.version));
      return put(common, client, which.name, order);
    }
    DatasetOrder order = WEIR_TRY(known_version(client, which));
    WEIR_TRY_STATUS(read_rules(flags, order));
    return put(common, client, which.name, order);
  });
}

}  // namespace weir::cli
