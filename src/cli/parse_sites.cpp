// The words of sites that others own: inviting them, and the agent's own.
#include <CLI/CLI.hpp>

#include "cli/parse_flags.h"
#include "cli/verbs.h"

namespace weir::cli {

namespace {

void add_site(CLI::App& app, SiteWords words) {
  auto& site = add_verb(app, words.common, "site", "Sites that others own (operators)",
                        "weir site add north --lease 2m");
  site.require_subcommand(1);
  auto& add = *site.add_subcommand("add", "Invite a site's agent; the token is shown once");
  auto& rotate = *site.add_subcommand("rotate", "A token for a new agent, in place of the one now");
  for (auto* sub : {&add, &rotate}) {
    sub->add_option("--token-lasts", words.flags.token_lasts, "How long the token holds: 1h");
    sub->add_option("--lease", words.flags.lease,
                    "Without a word for so long the site's work is lost: 60s");
    sub->add_option("--trust-domain", words.flags.trust_domain,
                    "Of its agent's certificates (SPIFFE); the server's if not given");
  }
  site.add_subcommand("expire", "Its token holds no longer");
  site.add_subcommand("revoke", "Its agent speaks for it no longer");
  site.add_subcommand("drain", "No new work; what runs goes on");
  site.add_subcommand("resume", "New work again");
  site.add_subcommand("retire", "It is no site any more; nothing may run there");
  for (auto* sub : site.get_subcommands({})) {
    sub->fallthrough();
    sub->add_option("name", words.flags.name, "The site")->required();
    add_format(*sub, words.common);
    sub->callback([words, sub] {
      words.flags.action = sub->get_name();
      words.action = [words] { return verb_site(words.common, words.flags); };
    });
  }
}

void add_slurm(CLI::App& agent, app::SlurmSite& slurm) {
  auto* meant = agent.add_flag("--slurm", slurm.is_meant,
                               "The site is the Slurm cluster that this machine may submit to");
  const auto of_slurm = [&](const char* name, std::string& value, const char* what) {
    agent.add_option(name, value, what)->needs(meant);
  };
  of_slurm("--slurm-conf", slurm.configuration, "Its slurm.conf, where it is not the usual one");
  of_slurm("--partition", slurm.partition, "Slurm partition of Weir's jobs");
  of_slurm("--account", slurm.account, "Slurm account of Weir's jobs");
  of_slurm("--qos", slurm.quality, "Slurm QoS of Weir's jobs");
  of_slurm("--constraint", slurm.constraint, "Slurm features that their nodes have");
  of_slurm("--reservation", slurm.reservation, "Slurm reservation that they run in");
}

void add_kubernetes(CLI::App& agent, app::KubernetesSite& kubernetes) {
  auto* meant = agent.add_flag("--kubernetes", kubernetes.is_meant,
                               "The site is a Kubernetes cluster; needs --image");
  const auto of_cluster = [&](const char* name, std::string& value, const char* what) {
    return agent.add_option(name, value, what)->needs(meant);
  };
  of_cluster("--kubeconfig", kubernetes.kubeconfig,
             "Its kubeconfig, where the agent is in no pod and it is not the usual one");
  of_cluster("--kube-context", kubernetes.context, "Context of the kubeconfig");
  of_cluster("--namespace", kubernetes.name_space, "Namespace of Weir's Jobs");
  meant->needs(of_cluster("--image", kubernetes.image, "Image that work runs in"));
  of_cluster("--queue", kubernetes.queue, "Kueue queue of Weir's Jobs, where the cluster has it");
  meant->excludes(agent.get_option("--slurm"));
}

void add_weir(CLI::App& agent, app::WeirSite& weir) {
  auto* url = agent.add_option("--weir", weir.url,
                               "The site is the Weir that answers there: http://127.0.0.1:9347");
  auto* token = agent.add_option("--weir-token-file", weir.token_file,
                                 "File with the token of a user of that Weir");
  url->needs(token);
  token->needs(url);
  url->excludes(agent.get_option("--slurm"))->excludes(agent.get_option("--kubernetes"));
}

// Started by an agent, and by nobody else.
void add_guard(CLI::App& app, SiteWords words) {
  auto& guard = *app.add_subcommand("agent-guard", "Watches over the agent of a Weir")->group("");
  auto& told = words.agent;
  guard.add_option("folder", told.folder)->required();
  guard.add_option("url", told.site.weir.url)->required();
  guard.add_option("token", told.site.weir.token_file)->required();
  guard.add_option("site", words.flags.name)->required();
  guard.add_option("fence", words.flags.lease)->required();
  guard.callback([words] {
    words.action = [words] {
      return app::guard_agent(words.agent, words.flags.name, words.flags.lease);
    };
  });
}

void add_agent(CLI::App& app, SiteWords words) {
  auto& agent =
      add_verb(app, words.common, "agent", "Speak for a site: join a control plane elsewhere",
               "weir agent --join https://weir.example:9348 --folder agent --token weir-site.…");
  agent.add_option("--join", words.agent.connection.url, "Where the control plane takes agents")
      ->required();
  agent.add_option("--token", words.agent.token, "The site's token; used once");
  agent.add_option("--folder", words.agent.folder, "The agent's own: key, runs, logs")->required();
  agent.add_option("--proxy", words.agent.connection.proxy, "HTTP proxy to go through: http://…");
  agent.add_option("--policy", words.agent.policy,
                   "File in which the site's owner says what he lets in");
  agent.add_option_function<std::string>(
      "--begin-within",
      [words](const std::string& text) {
        const auto time = base::parse_duration(text);
        if (!time) throw CLI::ValidationError("--begin-within", time.error().text());
        words.agent.begin_within = *time;
      },
      "What a queue of the site's own does not begin in this time goes back: 10m");
  agent.add_option("--nodes", words.agent.site.nodes, "Cut this machine into so many nodes")
      ->check(CLI::Range(1, 4096));
  agent.add_option("--machine-root", words.agent.site.machine_root,
                   "File system that says what is on this machine");
  add_slurm(agent, words.agent.site.slurm);
  add_kubernetes(agent, words.agent.site.kubernetes);
  add_weir(agent, words.agent.site.weir);
  agent.callback([words] { words.action = [words] { return app::run_agent(words.agent); }; });
}

}  // namespace

void add_sites(CLI::App& app, SiteWords words) {
  add_site(app, words);
  add_agent(app, words);
  add_guard(app, words);
}

}  // namespace weir::cli
