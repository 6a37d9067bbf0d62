// policy: how the scheduler decides.
#include <cstdio>

#include "base/read.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "model/policy.h"
#include "twin/traces/text_file.h"

namespace weir::cli {

namespace {

template <typename Rule>
std::string word(Rule rule) {
  return std::string(base::enum_name(rule));
}

int list_policy(const Common& common) {
  return show_answer<model::Policy>(common, "/v1/policy", [](const model::Policy& policy) {
    Table table({"PART", "RULE"});
    table.add({"order", word(policy.order)});
    table.add({"ageing", std::to_string(policy.ageing)});
    table.add({"backfill", word(policy.backfill)});
    table.add({"promises_most", std::to_string(policy.promises_most)});
    table.add({"placing", word(policy.placing)});
    table.add({"choice", word(policy.choice)});
    if (!policy.usual.empty()) {
      table.add({"usual", "told: " + std::to_string(policy.usual.size()) + " kinds of request"});
    }
    if (const auto& rounds = policy.rounds) {
      table.add({"rounds.turns", word(rounds->turns)});
      table.add({"rounds.length", base::format_duration(rounds->length)});
      table.add({"rounds.pairs", rounds->pairs ? "true" : "false"});
      table.add({"rounds.restart", base::format_duration(rounds->restart)});
      if (rounds->turns == model::TurnRule::shares) {
        table.add({"rounds.shares", word(rounds->shares)});
      }
    } else {
      table.add({"rounds", "none: whoever is placed stays until it ends"});
    }
    table.print();
    return 0;
  });
}

}  // namespace

int verb_policy(const Common& common, const TableFlags& flags) {
  if (flags.action == "ls") return list_policy(common);
  return with_client(common, [&](Client& client) -> base::Result<int> {
    constexpr std::uint64_t bytes_most = std::uint64_t{1} << 20U;
    const std::string text = WEIR_TRY(twin::traces::read_text_file(flags.file, bytes_most));
    const auto document = WEIR_TRY(base::parse_yaml(text, flags.file));
    const auto policy = WEIR_TRY(base::read_document<model::Policy>(document));
    (void)WEIR_TRY(client.call("PUT", "/v1/policy", base::to_json(policy)));
    std::printf("the policy is set\n");
    return 0;
  });
}

}  // namespace weir::cli
