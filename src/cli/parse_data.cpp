// The words of links, datasets and transfers.
#include <CLI/CLI.hpp>

#include "cli/parse_flags.h"
#include "cli/verbs.h"
#include "model/network.h"

namespace weir::cli {

namespace {

void add_links(CLI::App& app, DataWords words) {
  auto& links = add_verb(app, words.common, "links", "What lies between sites, and is booked of it",
                         "weir links\n  weir links set network.yaml");
  links.require_subcommand(0, 1);
  add_format(links, words.common);
  auto& list = *links.add_subcommand("ls", "All that is known");
  auto& set = *links.add_subcommand("set", "Set sites and links, whole (operators)");
  set.add_option("file", words.links.file, "The table, in YAML or JSON; - reads standard input")
      ->required();
  for (auto* sub : {&list, &set}) sub->fallthrough();
  links.callback([words, &set] {
    words.links.action = set.parsed() ? "set" : "ls";
    words.action = [words] { return verb_links(words.common, words.links); };
  });
}

void add_dataset_flags(CLI::App& add, DatasetFlags& flags) {
  add.add_option("--bytes", flags.bytes, "Its size: 1.5TiB");
  add.add_option("--manifest", flags.manifest, "SHA-256 of its manifest");
  add.add_option("--site", flags.site, "Where it lies (operators)");
  add.add_option("--location", flags.location, "Where there: a folder, or a store of rclone's");
  const auto& levels = base::enum_names<model::Sensitivity>();
  add.add_option("--sensitivity", flags.sensitivity, "How far it may be shown around")
      ->check(CLI::IsMember(std::vector<std::string>(levels.begin(), levels.end())));
  add_list(add, "--residency", flags.residency, "Countries or regions it has to stay in: CN,west");
  add.add_option("--modality", flags.modality, "What it is: text, image");
  add.add_option("--owner", flags.owner, "Whose it is");
  add.add_option("--licence", flags.licence, "Under what it may be used");
}

void add_datasets(CLI::App& app, DataWords words) {
  auto& datasets = add_verb(app, words.common, "datasets",
                            "Datasets: where they lie, and what is to become of them",
                            "weir datasets add corpus --bytes 1.5TiB --rule '2 in west'\n"
                            "  weir datasets show corpus@3");
  datasets.require_subcommand(0, 1);
  add_format(datasets, words.common);
  auto& list = *datasets.add_subcommand("ls", "All of them");
  auto& show = *datasets.add_subcommand("show", "All there is to know of one, or of a version");
  auto& add = *datasets.add_subcommand("add", "Register a new version");
  auto& rules = *datasets.add_subcommand("rules", "Say where replicas are wanted; none: nowhere");
  auto& remove = *datasets.add_subcommand("rm", "Remove a version");
  for (auto* sub : {&show, &add, &rules, &remove}) {
    sub->add_option("name", words.datasets.name, "Which: corpus, or corpus@3")->required();
  }
  add_dataset_flags(add, words.datasets);
  for (auto* sub : {&add, &rules}) {
    add_repeated(*sub, "--rule", words.datasets.rules, "2, '2 in west' or '1 until 2027-06-01'");
  }
  const std::vector<CLI::App*> all{&list, &show, &add, &rules, &remove};
  for (CLI::App* sub : all) sub->fallthrough();
  datasets.callback([words, all] {
    for (const CLI::App* sub : all) {
      if (sub->parsed()) words.datasets.action = sub->get_name();
    }
    words.action = [words] { return verb_datasets(words.common, words.datasets); };
  });
}

}  // namespace

void add_data_verbs(CLI::App& app, DataWords words) {
  add_links(app, words);
  add_datasets(app, words);
  auto& transfers =
      add_verb(app, words.common, "transfers", "Data on its way", "weir transfers -w");
  add_format(transfers, words.common);
  transfers.callback([words] { words.action = [words] { return verb_transfers(words.common); }; });
}

}  // namespace weir::cli
