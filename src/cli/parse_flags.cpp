#include "cli/parse_flags.h"

#include <CLI/CLI.hpp>

namespace weir::cli {

namespace {

void add_common(CLI::App& verb, Common& common) {
  verb.add_option("--server", common.connection.server, "Where the Weir is [WEIR_SERVER]");
  verb.add_option("--token-file", common.connection.token_file, "File with the token [WEIR_TOKEN]");
  verb.add_option("--data-folder", common.connection.data_folder,
                  "Data folder of this machine's Weir [WEIR_HOME]");
}

}  // namespace

CLI::App& add_verb(CLI::App& app, Common& common, const char* name, const char* what,
                   const char* example) {
  CLI::App& added = *app.add_subcommand(name, what);
  added.footer(std::string("Example:\n  ") + example);
  add_common(added, common);
  return added;
}

void add_format(CLI::App& verb, Common& common) {
  verb.add_flag_callback("--json", [&common] { common.format = Format::json; }, "As JSON");
  verb.add_option_function<std::string>(
          "-o,--format",
          [&common](const std::string& word) {
            common.format = word == "json"   ? Format::json
                            : word == "wide" ? Format::wide
                                             : Format::table;
          },
          "table, wide or json")
      ->check(CLI::IsMember({"table", "wide", "json"}));
  verb.add_flag("-w,--watch", common.watch, "Draw it again each second until Ctrl-C");
}

void add_repeated(CLI::App& verb, const char* name, std::vector<std::string>& values,
                  const char* what) {
  verb.add_option(name, values, what)->expected(1)->allow_extra_args(false)->take_all();
}

void add_list(CLI::App& verb, const char* name, std::vector<std::string>& values,
              const char* what) {
  verb.add_option(name, values, what)->delimiter(',')->expected(1)->take_all();
}

}  // namespace weir::cli
