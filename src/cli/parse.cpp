// The words of a command line: verbs, flags, help. Only parse*.cpp know CLI11.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <iterator>
#include <span>
#include <string_view>

#include "app/serve.h"
#include "app/version.h"
#include "cli/exit_codes.h"
#include "cli/parse_flags.h"
#include "cli/suggest.h"
#include "cli/verbs.h"
#include "cli/watch.h"
#include "engine/expectations.h"
#include "model/policy.h"

namespace weir::cli {

namespace {

// One verb: its flags live as long as the command line, its action runs once it is read.
struct CommandLine {
  Common common;
  RunFlags run;
  JobFlags submit, plan;
  ListFlags list;
  LogFlags logs;
  ExecFlags exec;
  UpdateFlags update;
  WaitFlags wait;
  TokenFlags token;
  TenantFlags tenant;
  TableFlags policy, throughput, price, power, links;
  PowerFlags power_request;
  DatasetFlags datasets;
  SecretFlags secret;
  JournalFlags journal;
  SimFlags sim;
  WhatIfFlags what_if;
  app::ServeOptions serve;
  SiteFlags site;
  app::AgentOptions agent;
  std::vector<std::string> jobs;
  std::string job;
  std::vector<std::string> command;  // what stood behind `--`
  std::vector<std::string>* command_target = nullptr;
  std::function<int()> action;
};

void add_job_flags(CLI::App& verb, JobFlags& flags) {
  verb.add_option("file", flags.file, "Job file; - reads standard input");
  verb.add_option("--name", flags.name, "Name");
  verb.add_option("--cpus", flags.cpus, "Processors a node: 2, 2+ or 2..8");
  verb.add_option("--memory", flags.memory, "Memory a node: 4GiB");
  verb.add_option("--devices", flags.devices, "Devices a node: nvidia-h100:8");
  verb.add_option("--nodes", flags.nodes, "Nodes that start together");
  verb.add_option("--array", flags.array, "Array indices: 0-99%10");
  verb.add_option("--time", flags.time, "Time limit: 90s, 15m, 24h");
  verb.add_option("--deadline", flags.deadline, "Done by then: 2026-12-01T08:00+08:00");
  verb.add_option("--objective", flags.objective, "finish, cost, carbon or cost=1,finish=0.5");
  verb.add_option("--max-delay", flags.max_delay, "It may start so much later for that: 6h");
  verb.add_option("--priority", flags.priority, "0 to 100, more goes first")
      ->check(CLI::Range(0, 100));
  add_repeated(verb, "-e,--env", flags.env, "Environment: NAME=VALUE");
  add_repeated(verb, "--secret", flags.secrets, "Name of a stored secret");
  verb.add_option("--project", flags.project, "Project");
  verb.add_option("--workdir", flags.workdir, "Folder to take along");
  verb.add_option("--setup", flags.setup, "Command to run first");
  add_repeated(verb, "--input", flags.inputs, "A dataset it reads: NAME[@VERSION][:WHERE-IT-IS]");
  add_repeated(verb, "--output", flags.outputs, "A dataset it leaves: PATH:NAME");
  add_list(verb, "--where-sites", flags.where_sites, "Only at these sites: lab,'north-*'");
  add_list(verb, "--residency", flags.residency, "Only in these countries or regions: CN,west");
}

CLI::App& verb(CLI::App& app, CommandLine& line, const char* name, const char* what,
               const char* example) {
  return add_verb(app, line.common, name, what, example);
}

void add_going_in(CLI::App& app, CommandLine& line) {
  auto& run = verb(app, line, "run", "Submit a job, follow it, end with its exit code",
                   "weir run train.yaml --cpus 4\n  weir run -- python3 train.py --epochs 3");
  add_job_flags(run, line.run.job);
  run.add_flag("-y,--yes", line.run.yes, "Do not ask");
  run.add_flag("--labels", line.run.labels, "Label each line with task and rank");
  run.add_flag("-d,--detach", line.run.detach, "Submit and leave");
  run.callback([&line] {
    line.command_target = &line.run.job.command;
    line.action = [&line] { return verb_run(line.common, line.run); };
  });

  auto& submit = verb(app, line, "submit", "Submit a job and print its id",
                      "weir submit train.yaml --array 0-9");
  add_job_flags(submit, line.submit);
  add_format(submit, line.common);
  submit.callback([&line] {
    line.command_target = &line.submit.command;
    line.action = [&line] { return verb_submit(line.common, line.submit); };
  });

  auto& plan = verb(app, line, "plan",
                    "Show the offers for a job; nothing is written. Ends with 0 (now), 1 (later), "
                    "3 (never), 2 (the job file is wrong) or 255",
                    "weir plan train.yaml");
  add_job_flags(plan, line.plan);
  add_format(plan, line.common);
  plan.callback([&line] {
    line.command_target = &line.plan.command;
    line.action = [&line] { return verb_plan(line.common, line.plan); };
  });
}

void add_looking(CLI::App& app, CommandLine& line) {
  auto& ls = verb(app, line, "ls", "List jobs that have not ended; -a lists all",
                  "weir ls -a --state failed");
  ls.add_flag("-a,--all", line.list.all, "Ended ones too");
  add_repeated(ls, "--state", line.list.states, "Only jobs in this state");
  ls.add_option("--name", line.list.name, "Part of the name");
  ls.add_option("--tenant", line.list.tenant, "Of this tenant (operators)");
  ls.add_option("-n,--limit", line.list.limit, "At most this many")->check(CLI::Range(1, 1000));
  add_format(ls, line.common);
  ls.callback([&line] { line.action = [&line] { return verb_ls(line.common, line.list); }; });

  const auto one_job = [&](const char* name, const char* what, const char* example,
                           int (*act)(const Common&, const std::string&), bool required = true) {
    auto& added = verb(app, line, name, what, example);
    added.add_option("job", line.job, "Job id, like 42")->required(required);
    add_format(added, line.common);
    added.callback(
        [&line, act] { line.action = [&line, act] { return act(line.common, line.job); }; });
  };
  one_job("show", "All there is to know of a job", "weir show 42", &verb_show);
  one_job("explain", "Why a job is where it is, and what would change it", "weir explain 42",
          &verb_explain);
  one_job("history", "The facts of a job's life; without an id, finished jobs", "weir history 42",
          &verb_history, false);

  auto& logs = verb(app, line, "logs", "What a job said; -f follows it to its end",
                    "weir logs -f 42 --stream program");
  logs.add_option("job", line.logs.job, "Job id, like 42 or 42_7")->required();
  logs.add_flag("-f,--follow", line.logs.follow, "Go on until the job ends; Ctrl-C detaches");
  logs.add_flag("--labels", line.logs.labels, "Label each line with task and rank");
  logs.add_option("--stream", line.logs.stream, "program, setup, platform or all")
      ->check(CLI::IsMember({"program", "setup", "platform", "all"}));
  logs.add_option("--rank", line.logs.rank, "Of this rank of a gang");
  logs.add_option("--tail", line.logs.tail, "Only the last lines");
  add_format(logs, line.common);
  logs.callback([&line] { line.action = [&line] { return verb_logs(line.common, line.logs); }; });
}

void add_steering(CLI::App& app, CommandLine& line) {
  const auto some_jobs = [&](const char* name, const char* what, const char* example,
                             int (*act)(const Common&, const std::vector<std::string>&)) {
    auto& added = verb(app, line, name, what, example);
    added.add_option("jobs", line.jobs, "Job ids")->required();
    added.callback(
        [&line, act] { line.action = [&line, act] { return act(line.common, line.jobs); }; });
  };
  some_jobs("cancel", "End jobs, or single tasks", "weir cancel 42 43_7", &verb_cancel);
  some_jobs("hold", "Keep waiting jobs from starting", "weir hold 42", &verb_hold);
  some_jobs("release", "Let held jobs go on", "weir release 42", &verb_release);

  auto& update = verb(app, line, "update", "Change a job that has not ended",
                      "weir update 42 --priority 80 --time 2h");
  update.add_option("job", line.update.job, "Job id")->required();
  update.add_option("--name", line.update.name, "Name");
  update.add_option("--priority", line.update.priority, "0 to 100")->check(CLI::Range(0, 100));
  update.add_option("--time", line.update.time, "Time limit");
  update.add_option("--at-once", line.update.at_once, "Tasks of an array at once; 0: no limit");
  update.callback(
      [&line] { line.action = [&line] { return verb_update(line.common, line.update); }; });

  auto& wait =
      verb(app, line, "wait", "Wait until jobs have ended; ends with the first bad exit code",
           "weir wait 42 43 --timeout 1h");
  wait.add_option("jobs", line.wait.jobs, "Job ids")->required();
  wait.add_option("--timeout", line.wait.timeout, "Give up after this long (101)");
  wait.callback([&line] { line.action = [&line] { return verb_wait(line.common, line.wait); }; });

  auto& exec =
      verb(app, line, "exec", "Run a command beside a running job, in its folder and limits",
           "weir exec 42 -- ls -l");
  exec.add_option("job", line.exec.job, "Job id, like 42 or 42_7")->required();
  exec.add_option("--rank", line.exec.rank, "Beside this rank of a gang");
  exec.callback([&line] {
    line.command_target = &line.exec.command;
    line.action = [&line] { return verb_exec(line.common, line.exec); };
  });
}

void add_capacity(CLI::App& app, CommandLine& line) {
  const auto plain = [&](const char* name, const char* what, int (*act)(const Common&)) {
    auto& added = verb(app, line, name, what, (std::string("weir ") + name).c_str());
    add_format(added, line.common);
    added.callback([&line, act] { line.action = [&line, act] { return act(line.common); }; });
  };
  plain("sites", "Where work can run", &verb_sites);
  plain("nodes", "The nodes, and what is free on each", &verb_nodes);
  plain("devices", "The accelerators, and who holds them", &verb_devices);
}

void add_operating(CLI::App& app, CommandLine& line) {
  add_serve(app, {line.common, line.serve, line.action});

  auto& token = verb(app, line, "token", "Tokens (operators)",
                     "weir token create --principal ann --tenant lab --role user");
  token.require_subcommand(1);
  auto& create = *token.add_subcommand("create", "Make one; it is shown once");
  create.add_option("--principal", line.token.principal, "Who it is for")->required();
  create.add_option("--tenant", line.token.tenant, "Tenant");
  create.add_option("--role", line.token.role, "viewer, user or operator");
  auto& tokens = *token.add_subcommand("ls", "List them");
  auto& revoke = *token.add_subcommand("revoke", "End one");
  revoke.add_option("id", line.token.id, "Its id")->required();
  for (auto* sub : {&create, &tokens, &revoke}) {
    sub->fallthrough();  // --server and its like may stand behind the action too
    add_format(*sub, line.common);
    sub->callback([&line, sub] {
      line.token.action = sub->get_name();
      line.action = [&line] { return verb_token(line.common, line.token); };
    });
  }

  auto& secret = verb(app, line, "secret", "Secrets that jobs may name",
                      "weir secret set HF_TOKEN < token.txt");
  secret.require_subcommand(1);
  for (const char* name : {"set", "ls", "rm"}) {
    auto* sub = secret.add_subcommand(name);
    sub->fallthrough();
    if (std::string(name) != "ls") sub->add_option("name", line.secret.name, "Name")->required();
    sub->callback([&line, sub] {
      line.secret.action = sub->get_name();
      line.action = [&line] { return verb_secret(line.common, line.secret); };
    });
  }

  auto& journal = verb(app, line, "journal", "Look at the journal of a stopped server",
                       "weir journal verify\n  weir journal replay --check");
  journal.require_subcommand(1);
  auto& verify = *journal.add_subcommand("verify", "Walk the hash chain");
  auto& replay = *journal.add_subcommand("replay", "Step every input again");
  replay.add_flag("--check", line.journal.check, "Compare facts and fingerprint")->required();
  auto& show = *journal.add_subcommand("show", "Print facts");
  show.add_option("--from", line.journal.from, "First sequence");
  show.add_option("-n,--limit", line.journal.limit, "At most this many rows");
  for (auto* sub : {&verify, &replay, &show}) {
    sub->fallthrough();
    sub->callback([&line, sub] {
      line.journal.action = sub->get_name();
      line.action = [&line] { return verb_journal(line.common, line.journal); };
    });
  }
}

void add_tenant(CLI::App& app, CommandLine& line) {
  auto& tenant = verb(app, line, "tenant", "How tenants share",
                      "weir tenant set lab/nlp --weight 2 --limit nvidia-h100=16,cpus=512 "
                      "--guarantee devices=8 --budget 500h/week");
  tenant.require_subcommand(1);
  auto& list = *tenant.add_subcommand("ls", "Weights, shares, and what is held of what may be");
  auto& set = *tenant.add_subcommand("set", "Set one, whole (operators)");
  set.add_option("path", line.tenant.path, "Which: a tenant, or TENANT/PROJECT")->required();
  set.add_option("--weight", line.tenant.weight, "Against its siblings; 1 if not given");
  set.add_option("--limit", line.tenant.limit,
                 "Most it may hold at once: cpus=N, devices=N or MODEL=N, with commas")
      ->delimiter(',');
  set.add_option("--guarantee", line.tenant.guarantee, "What it gets back from others; likewise")
      ->delimiter(',');
  set.add_option("--budget", line.tenant.budget, "Of a period: 500h/week, '500h,9 CNY/month'");
  auto& remove = *tenant.add_subcommand("rm", "Take back what is set of one (operators)");
  remove.add_option("path", line.tenant.path, "Which")->required();
  for (auto* sub : {&list, &set, &remove}) {
    sub->fallthrough();
    if (sub == &list) add_format(*sub, line.common);
    sub->callback([&line, sub] {
      line.tenant.action = sub->get_name();
      line.action = [&line] { return verb_tenant(line.common, line.tenant); };
    });
  }
}

// A table that operators set, whole, from a file.
void add_table(CLI::App& app, CommandLine& line, const char* name, const char* about,
               TableFlags& flags, int (*run)(const Common&, const TableFlags&)) {
  const std::string example = std::string("weir ") + name + " set " + name + ".yaml";
  auto& table = verb(app, line, name, about, example.c_str());
  auto* set = table.require_subcommand(1)->add_subcommand("set", "Set it, whole (operators)");
  set->add_option("file", flags.file, "The table, in YAML or JSON")->required();
  for (auto* sub : {table.add_subcommand("ls", "All that is known"), set}) {
    sub->fallthrough();
    if (sub != set) add_format(*sub, line.common);
    sub->callback([&line, &flags, sub, run] {
      flags.action = sub->get_name();
      line.action = [&line, &flags, run] { return run(line.common, flags); };
    });
  }
}

void add_sim(CLI::App& app, CommandLine& line) {
  auto& sim = *app.add_subcommand("sim", "Run a scenario under a virtual clock, with no server");
  sim.footer("Example:\n  weir sim cluster.yaml --out run\n  weir sim compare fifo.yaml easy.yaml");
  auto* scenario = sim.add_option("scenario", line.sim.scenarios, "Scenario file")->expected(1);
  sim.add_option("--out", line.sim.out_folder, "Folder for figures.json, jobs.csv and page.html");
  sim.add_option("--journal", line.sim.journal_folder,
                 "New data folder with the journal of the run, as a live one");
  sim.add_option("--seed", line.sim.seed, "Instead of the scenario's own");
  add_format(sim, line.common);
  auto& compare = *sim.add_subcommand("compare", "Scenarios against one another on the same work");
  compare.add_option("scenarios", line.sim.scenarios, "Scenario files, two or more")
      ->required()
      ->expected(2, 16);
  compare.add_option("--out", line.sim.out_folder, "Folder for comparison.json and page.html");
  compare.add_option("--seeds", line.sim.seeds, "So many seeds, from the first scenario's on")
      ->check(CLI::Range(1, 10'000));
  add_format(compare, line.common);
  sim.callback([&line, &compare, scenario] {
    if (compare.parsed()) {
      line.action = [&line] { return verb_sim_compare(line.common, line.sim); };
      return;
    }
    if (scenario->count() == 0) throw CLI::RequiredError("scenario");  // NOLINT: CLI11 reports so
    line.action = [&line] { return verb_sim(line.common, line.sim); };
  });
}

template <typename Rule>
void add_rule(CLI::App& verb, const char* name, std::string& word, const char* what) {
  const auto& names = base::enum_names<Rule>();
  verb.add_option(name, word, what)
      ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())));
}

void add_what_if(CLI::App& app, CommandLine& line) {
  auto& added = *app.add_subcommand(
      "what-if", "When waiting jobs would start if something were changed; nothing is touched");
  added.footer(
      "Example:\n  weir what-if --backfill easy\n"
      "  weir what-if --add-nodes 'local:2x{cpus: 64, memory: 256GiB}' --add-job train.yaml");
  WhatIfFlags& flags = line.what_if;
  added.add_option("--data-folder", line.common.connection.data_folder,
                   "Data folder of this machine's Weir [WEIR_HOME]");
  added.add_option("--at", flags.sequence, "After this row of the journal; by default the last");
  add_rule<model::OrderRule>(added, "--order", flags.order, "Who goes first");
  add_rule<model::BackfillRule>(added, "--backfill", flags.backfill, "Who may go ahead");
  add_rule<model::PlacingRule>(added, "--placing", flags.placing, "Which nodes");
  add_rule<model::ChoiceRule>(added, "--choice", flags.choice, "Which of a job's alternatives");
  add_rule<engine::RunTimes>(added, "--run-times", flags.run_times,
                             "How long work is taken to run; by default as expected");
  add_repeated(added, "--add-job", flags.job_files, "A job file, submitted now");
  add_repeated(added, "--without-site", flags.without_sites, "A site, gone from now on");
  add_repeated(added, "--add-nodes", flags.nodes, "SITE:COUNTx{cpus: …, memory: …, devices: …}");
  added.add_flag("--check", flags.check, "How far past forecasts were off, over the journal");
  add_format(added, line.common);
  added.callback(
      [&line] { line.action = [&line] { return verb_what_if(line.common, line.what_if); }; });
}

// Gives the command behind `--` to the verb that takes one.
void take_command(CommandLine& line) {
  if (line.command.empty()) return;
  if (line.command_target == nullptr) {
    throw CLI::ExtrasError({"--"});  // NOLINT: CLI11 reports so
  }
  *line.command_target = std::move(line.command);
}

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> verbs;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    verbs.push_back(sub->get_name());
  }
  return verbs;
}

std::vector<std::string> flags_of(const CLI::App& verb) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    for (const std::string& name : option->get_snames()) flags.push_back("-" + name);
  }
  return flags;
}

bool takes_words(const CLI::App& verb) {
  const auto options = verb.get_options();
  return std::ranges::any_of(options, [](const CLI::Option* one) { return one->get_positional(); });
}

void say_meant(const std::string& meant) {
  if (!meant.empty()) std::fprintf(stderr, "  did you mean `%s`?\n", meant.c_str());
}

// Says what is wrong with the words of a command line where a verb or a flag is: "weir lsit",
// "weir tenant st", "weir ls --josn". False where it is something else.
bool name_mistake(const CLI::App& app, std::span<char* const> words) {
  const CLI::App* verb = &app;
  std::string spoken = "weir";
  for (const std::string_view word : words.subspan(1)) {
    if (word.starts_with('-')) break;
    const std::vector<std::string> verbs = verbs_of(*verb);
    if (verbs.empty()) break;
    const auto found =
        verb->get_subcommands([word](const CLI::App* sub) { return sub->get_name() == word; });
    if (found.empty()) {
      if (takes_words(*verb)) break;
      const std::string meant = meant_word(word, verbs);
      std::fprintf(stderr, "weir: `%s` has no verb `%s`\n", spoken.c_str(),
                   std::string(word).c_str());
      say_meant(meant.empty() ? meant : spoken + " " + meant);
      std::fprintf(stderr, "  it has: %s\n", listed(verbs).c_str());
      return true;
    }
    verb = found.front();
    spoken += " " + verb->get_name();
  }
  for (const std::string& extra : app.remaining(true)) {
    if (!extra.starts_with('-') || extra == "--") continue;
    const std::string flag = extra.substr(0, extra.find('='));
    std::fprintf(stderr, "weir: `%s` has no flag `%s`\n", spoken.c_str(), flag.c_str());
    say_meant(meant_word(flag, flags_of(*verb)));
    std::fprintf(stderr, "  `%s --help` lists them\n", spoken.c_str());
    return true;
  }
  if (verb->get_require_subcommand_min() == 0 || !verb->get_subcommands().empty()) return false;
  std::fprintf(stderr, "weir: `%s` needs a verb: %s\n", spoken.c_str(),
               listed(verbs_of(*verb)).c_str());
  return true;
}

}  // namespace

int run_command_line(int argument_count, char** arguments) {
  CLI::App app("Weir (算堰): leads each job to where it is best served.", "weir");
  app.set_version_flag("--version", std::string("weir ") + app::version);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  CommandLine line;
  line.common.connection.data_folder = default_data_folder();
  add_going_in(app, line);
  add_looking(app, line);
  add_steering(app, line);
  add_capacity(app, line);
  add_operating(app, line);
  add_tenant(app, line);
  add_table(app, line, "policy", "How the scheduler decides", line.policy, verb_policy);
  add_table(app, line, "throughput", "How fast which work goes", line.throughput, verb_throughput);
  add_table(app, line, "price", "What devices and processors cost", line.price, verb_price);
  add_table(app, line, "power", "What energy costs and emits at the sites", line.power, verb_power);
  add_power_requests(app, {line.common, line.power_request, line.action});
  add_sites(app, {line.common, line.site, line.agent, line.action});
  add_data_verbs(app, {line.common, line.links, line.datasets, line.action});
  add_sim(app, line);
  add_what_if(app, line);
  // What stands behind `--` is a command of the user's, none of ours to read.
  const auto words = std::span(arguments, static_cast<std::size_t>(argument_count));
  const auto dashes = std::ranges::find(words, std::string_view("--"));
  if (dashes != words.end()) {
    line.command.assign(std::next(dashes), words.end());
    argument_count = static_cast<int>(dashes - words.begin());
  }
  try {
    app.parse(argument_count, arguments);
    take_command(line);
  } catch (const CLI::ParseError& error) {
    const bool is_help = error.get_exit_code() == 0;
    if (!is_help && name_mistake(app, words.first(static_cast<std::size_t>(argument_count)))) {
      return exit_usage;
    }
    if (error.get_name() == "RequiredError") {
      const auto chosen = app.get_subcommands();
      const std::string verb = chosen.empty() ? "" : " " + chosen.front()->get_name();
      std::fprintf(stderr, "weir: %s\n  `weir%s --help` says what it is, with an example\n",
                   error.what(), verb.c_str());
      return exit_usage;
    }
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  return line.common.watch ? watch(line.action) : line.action();
}

}  // namespace weir::cli
