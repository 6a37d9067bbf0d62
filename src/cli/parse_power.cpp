// The words of requests for power.
#include <CLI/CLI.hpp>

#include "cli/parse_flags.h"
#include "cli/verbs.h"

namespace weir::cli {

// Beside the table of what energy is: a site draws less for a while.
void add_power_requests(CLI::App& app, PowerWords words) {
  auto& power = *app.get_subcommand("power");
  auto& request = *power.add_subcommand("request", "Ask a site to draw less (operators)");
  request.footer("Example:\n  weir power request --site north --kw 20 --for 3h");
  request.add_option("--site", words.flags.site, "Which")->required();
  auto* less = request.add_option("--kw", words.flags.kw, "So much less than it draws now");
  request.add_option("--at-most-kw", words.flags.at_most_kw, "No more than so much")
      ->excludes(less);
  request.add_option("--for", words.flags.lasts, "How long: 3h")->required();
  request.add_option("--from", words.flags.from,
                     "From then on: 2026-01-01T16:00Z; now if not given");
  auto& requests = *power.add_subcommand("requests", "What was asked for, and how it goes");
  requests.add_option("id", words.flags.id, "One of them, with all of its course");
  auto& withdraw = *power.add_subcommand("withdraw", "Take one back (operators)");
  withdraw.add_option("id", words.flags.id, "Which")->required();
  for (auto* sub : {&request, &requests, &withdraw}) {
    sub->fallthrough();
    if (sub != &withdraw) add_format(*sub, words.common);
    sub->callback([words, sub] {
      words.flags.action = sub->get_name();
      words.action = [words] { return verb_power_request(words.common, words.flags); };
    });
  }
}

}  // namespace weir::cli
