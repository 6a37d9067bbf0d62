// The words of a control plane.
#include <CLI/CLI.hpp>

#include "base/quantity.h"
#include "cli/parse_flags.h"

namespace weir::cli {

void add_serve(CLI::App& app, ServeWords words) {
  auto& serve = add_verb(app, words.common, "serve", "Run a Weir for this machine",
                         "weir serve --nodes 4 --port 9347");
  serve.add_option("--address", words.serve.address, "Address to listen on");
  serve.add_option("--port", words.serve.port, "Port; 0 takes any that is free");
  serve.add_option("--nodes", words.serve.nodes, "Cut this machine into so many nodes")
      ->check(CLI::Range(1, 4096));
  serve.add_option("--machine-root", words.serve.machine_root,
                   "File system that says what is on this machine");
  serve.add_option("--agents", words.serve.agents.address,
                   "Take agents of other sites in here: 127.0.0.1:9348");
  serve.add_option("--agents-url", words.serve.agents.url, "Where they reach that from outside");
  serve.add_option("--trust-domain", words.serve.agents.trust_domain,
                   "Of the certificates it makes (SPIFFE)");
  serve.add_option_function<std::string>(
      "--agent-certificates",
      [words](const std::string& text) {
        const auto lasts = base::parse_duration(text);
        if (!lasts) throw CLI::ValidationError("--agent-certificates", lasts.error().text());
        words.serve.agents.certificates_last = *lasts;
      },
      "How long an agent's certificate holds: 24h");
  serve.add_flag("--quiet", words.serve.quiet, "Do not print how to go on");
  serve.callback([words] {
    words.action = [words] {
      words.serve.data_folder = words.common.connection.data_folder;
      return app::serve(words.serve);
    };
  });
}

}  // namespace weir::cli
