#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "cli/session.h"
#include "cli/slurm/asking.h"
#include "cli/slurm/shims.h"
#include "gateway/replies.h"

namespace weir::cli::slurm {

namespace {

const char* state_of(const model::NodeView& node, bool in_touch) {
  if (!in_touch) return "down*";
  if (node.running.empty()) return "idle";
  return node.cpus_free == 0 ? "alloc" : "mix";
}

}  // namespace

// A site stands where Slurm has a partition.
int sinfo(std::span<const std::string> words) {
  CLI::App app("Sites and their nodes, as Slurm's sinfo lists partitions.", "sinfo");
  app.set_help_flag("--help", "This");
  std::vector<std::string> sites;
  bool no_heading = false;
  add_words(app, "-p,--partition", sites, "These sites");
  app.add_flag("-h,--noheader", no_heading, "No line of headings");
  if (const int code = read_words(app, words); code >= 0) return code;
  return with_client(usual_connection(), [&](Client& client) -> base::Result<int> {
    const auto all = WEIR_TRY(client.ask<gateway::SiteList>("GET", "/v1/sites"));
    const auto nodes = WEIR_TRY(client.ask<gateway::NodeList>("GET", "/v1/nodes"));
    if (!no_heading) std::printf("PARTITION AVAIL  TIMELIMIT  NODES  STATE NODELIST\n");
    for (const model::SiteView& site : all.sites) {
      if (!sites.empty() && std::ranges::find(sites, site.name) == sites.end()) continue;
      std::map<std::string, std::vector<std::string>> by_state;
      for (const model::NodeView& node : nodes.nodes) {
        if (node.site == site.name) by_state[state_of(node, site.in_touch)].push_back(node.name);
      }
      for (const auto& [state, names] : by_state) {
        std::string list;
        for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
        std::printf("%-9s %5s %10s %6zu %6s %s\n", site.name.c_str(), site.in_touch ? "up" : "down",
                    "infinite", names.size(), state.c_str(), list.c_str());
      }
    }
    return 0;
  });
}

}  // namespace weir::cli::slurm
