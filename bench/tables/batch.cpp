// Recorded batch work: who waits how long under which order.
#include <array>
#include <map>

#include "bench/page/trials.h"
#include "bench/tables/rows.h"

namespace weir::tables {
namespace {

struct Method {
  const char* name;
  model::Policy policy;
  bool knows_lengths = true;  // else nothing changes where they are told wrong
};

model::Policy rule(model::OrderRule order, model::BackfillRule backfill) {
  model::Policy policy;
  policy.order = order;
  policy.backfill = backfill;
  return policy;
}

model::Policy rule_of_turns(model::TurnRule rule) {
  model::Policy policy;
  policy.rounds = model::Rounds{};
  policy.rounds->turns = rule;
  return policy;
}

std::vector<Method> methods() {
  using enum model::OrderRule;
  using enum model::BackfillRule;
  return {{"FIFO", rule(arrival, none), false},
          {"EASY", rule(arrival, easy)},
          {"conservative", rule(arrival, conservative)},
          {"SJF", rule(shortest, easy)},
          {"Weir", model::weir_policy()}};
}

// Where work takes turns: every six minutes, at the cost of a checkpoint and a restart.
std::vector<Method> methods_with_turns() {
  const auto turns = [](model::TurnRule rule, model::ShareRule shares) {
    model::Policy policy = rule_of_turns(rule);
    policy.rounds->shares = shares;
    return policy;
  };
  using enum model::TurnRule;
  std::vector<Method> all = methods();
  std::erase_if(all,
                [](const Method& method) { return method.name == std::string("conservative"); });
  all.push_back({"SRTF", turns(remaining, model::ShareRule::equal)});
  all.push_back({"Tiresias 2D-LAS", turns(service, model::ShareRule::equal), false});
  all.push_back({"Gavel max-min", turns(shares, model::ShareRule::max_min), false});
  model::Policy weir = model::weir_policy();
  weir.rounds.reset();
  all.push_back({"Weir without turns", weir});
  return all;
}

struct Outcome {
  twin::Figures figures;
  std::uint64_t promised = 0;
  std::uint64_t broken = 0;  // jobs that started later than they were once promised
};

Outcome run(const Prepared& prepared, const model::Policy& policy) {
  twin::Scenario scenario = prepared.scenario;
  scenario.policy = policy;
  Outcome outcome;
  std::map<model::JobId, base::Time> promised;
  twin::TrialHooks hooks;
  hooks.fingerprint = false;
  hooks.step = [&](base::Time now, const model::Input&, const engine::Step& step,
                   const engine::Engine&) {
    for (const model::Fact& fact : step.facts) {
      if (const auto* promise = std::get_if<model::JobPromised>(&fact)) {
        const auto [at, fresh] = promised.try_emplace(promise->job, promise->start);
        if (!fresh) at->second = std::min(at->second, promise->start);
        outcome.promised += fresh ? 1 : 0;
      }
      if (const auto* placed = std::get_if<model::TaskPlaced>(&fact)) {
        const auto at = promised.find(placed->attempt.job);
        if (at == promised.end()) continue;
        outcome.broken += now > at->second ? 1 : 0;
        promised.erase(at);
      }
    }
  };
  twin::Workload work = prepared.work;
  if (!policy.rounds) work.checkpoints.reset();  // nobody is stopped or moved
  outcome.figures = twin::run_trial(scenario, work, hooks);
  return outcome;
}

struct Setting {
  std::string name;
  std::string yaml;
  bool wrong_lengths = false;
};

bool says_something(const Setting& setting, const Method& method) {
  return method.knows_lengths || !setting.wrong_lengths;
}

std::vector<std::vector<Outcome>> run_all(const std::vector<Setting>& settings,
                                          const std::vector<Method>& policies) {
  std::vector<std::vector<Outcome>> outcomes(settings.size(),
                                             std::vector<Outcome>(policies.size()));
  std::vector<std::function<void()>> work;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    for (std::size_t k = 0; k < policies.size(); ++k) {
      if (!says_something(settings[i], policies[k])) continue;
      work.emplace_back(
          [&, i, k] { outcomes[i][k] = run(prepare(settings[i].yaml), policies[k].policy); });
    }
  }
  do_all(work);
  return outcomes;
}

double mean_wait(const Outcome& outcome) { return seconds(outcome.figures.wait.mean_s); }
double slowdown(const Outcome& outcome) { return outcome.figures.bounded_slowdown.mean; }

std::vector<std::string> row_of(const std::string& setting, const char* method,
                                const Outcome& outcome) {
  const twin::Figures& f = outcome.figures;
  const auto& first = f.resources.front();
  return {setting,
          method,
          digits(seconds(f.wait.mean_s), 2),
          digits(seconds(f.wait.p99_s), 0),
          digits(seconds(f.wait.max_s), 0),
          digits(f.bounded_slowdown.mean, 2),
          digits(seconds(f.completion.mean_s), 2),
          digits(seconds(f.completion.p99_s), 0),
          digits(100 * first.allocated.value_or(0), 2),
          digits(100 * first.allocated_while_waiting.value_or(0), 2),
          std::to_string(outcome.promised) + " / " + std::to_string(outcome.broken)};
}

const std::vector<std::string> head{"work",
                                    "policy",
                                    "mean wait [s]",
                                    "P99 wait [s]",
                                    "max wait [s]",
                                    "bounded slowdown",
                                    "mean completion [s]",
                                    "P99 completion [s]",
                                    "allocated [%]",
                                    "while any waited [%]",
                                    "promised / broken"};

constexpr std::size_t fifo = 0;
constexpr std::size_t easy = 1;
constexpr std::size_t weir = 4;
constexpr std::size_t weir_with_turns = 3;  // of methods_with_turns()

std::string swf(const std::string& data, const std::string& file, int processors,
                const std::string& more) {
  const std::string all = std::to_string(processors);
  return "{sites: [{name: machine, pools: [{count: 1, cpus: " + all + "}]}], " +
         "workload: {trace: {one_tenant: true, units_per_node: " + all + ", file: " + data +
         "/swf/" + file + more + "}";
}

}  // namespace

void batch_rows(const std::string& data, Page& page) {
  const std::vector<Method> policies = methods();
  const std::vector<Setting> settings{
      {"KTH-SP2", swf(data, "kth_sp2.swf", 100, "}}")},
      {"KTH-SP2, limits end work", swf(data, "kth_sp2.swf", 100, "}}, time_limits: enforced")},
      {"KTH-SP2, estimates x 1/3..3", swf(data, "kth_sp2.swf", 100, ", estimates: noisy}}")},
      {"NASA iPSC", swf(data, "NASA-iPSC-1993-3.swf", 128, "}}")},
      {"Lublin 256", swf(data, "lublin_256.swf", 256, ", estimates: exact}}")},
  };
  const auto outcomes = run_all(settings, policies);
  Section section;
  section.title = "KTH-SP2: 100 processors, 28,475 jobs, with the users' own estimates";
  section.text = {
      "Strict FIFO waits 390,083.03 s by an independent count, and EASY 6,094.66 s by AccaSim. "
      "Lifka's EASY, whose candidates go in the order of the queue, waits 6,900 s: AccaSim's "
      "figure "
      "is reached only where the shortest of those that fit goes first (a reference of a page's "
      "length in the tests says so, job by job). Published: the machine itself, 15,295.9 s.",
      "Work runs as long as it was recorded, 475 jobs longer than their users had said; a promise "
      "that hangs on such a job cannot be kept. Where limits end work none is broken. All users "
      "are one tenant's. The estimates of the third block are the run times times a factor from "
      "1/3 to 3, for planning and order alike. NASA's trace "
      "holds no estimates; Lublin's is given exact ones: they show what the order does elsewhere."};
  section.head = head;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    for (std::size_t k = 0; k < policies.size(); ++k) {
      section.rows.push_back(row_of(settings[i].name, policies[k].name, outcomes[i][k]));
    }
  }
  const auto& kth = outcomes[0];
  section.figures = {
      near("kth_fifo_wait", mean_wait(kth[fifo]), "s", 390'083.03, 390.083),
      near("kth_easy_wait_by_the_book", mean_wait(kth[easy]), "s", 6'900, 10),
      at_most("kth_weir_wait_of_easy", mean_wait(kth[weir]) / mean_wait(kth[easy]), "of_it", 0.8),
      at_most("kth_weir_slowdown_of_easy", slowdown(kth[weir]) / slowdown(kth[easy]), "of_it", 0.8),
      at_most("kth_weir_promises_broken_under_limits",
              static_cast<double>(outcomes[1][weir].broken), "promises", 0),
      at_most("kth_noisy_weir_wait_of_easy",
              mean_wait(outcomes[2][weir]) / mean_wait(outcomes[2][easy]), "of_it", 0.8),
      at_most("kth_noisy_weir_slowdown_of_easy",
              slowdown(outcomes[2][weir]) / slowdown(outcomes[2][easy]), "of_it", 0.8),
  };
  page.add(std::move(section));
}

void philly_rows(const std::string& data, Page& page) {
  const std::vector<Method> policies = methods_with_turns();
  // 40,753 device-days asked for in 108.9 days: 52 nodes of 8 are loaded to 0.90, 43 to 1.09.
  const auto yaml = [&](int nodes, const char* estimates) {
    return "{sites: [{name: philly, restart_latency: 60s, stop_latency: 30s, pools: [{count: " +
           std::to_string(nodes) +
           ", cpus: 64, devices: 'gpu:8'}]}], workload: {checkpoint_every: 30m, "
           "trace: {units_per_node: 8, estimates: " +
           estimates + ", file: " + data + "/philly/philly.csv}}}";
  };
  const std::vector<Setting> settings{
      {"load 0.90, lengths known", yaml(52, "exact")},
      {"load 0.90, x 1/3..3", yaml(52, "noisy"), true},
      {"load 1.09, lengths known", yaml(43, "exact")},
      {"load 1.09, x 1/3..3", yaml(43, "noisy"), true},
  };
  const auto outcomes = run_all(settings, policies);
  Section section;
  section.title = "Philly: 82,247 jobs of 2017 at their own arrivals, on nodes of 8 devices";
  section.text = {
      "52 and 43 nodes are offered a load of 0.90 and 1.09. The trace holds no estimates: each job "
      "is given its run time, or that times a factor from 1/3 to 3 (seed 1), as its user's; under "
      "every policy alike. Virtual clusters are tenants. Work is not cut off at its estimate.",
      "Weir, SRTF, Tiresias and Gavel take turns of six minutes. Whoever is stopped holds its "
      "devices for 30 s more, for a checkpoint; whoever goes on, 60 s before it does. FIFO, "
      "Tiresias and Gavel know no lengths, and are the same where these are told wrong. Where work "
      "takes turns a wait ends with the first of them, so that completion is what to compare."};
  section.head = head;
  const std::array names{"philly_090", "philly_090_noisy", "philly_109", "philly_109_noisy"};
  const auto hold = [&](const std::string& name, const twin::Figures& base,
                        const twin::Figures& own) {
    section.figures.push_back(
        at_most(name + "_completion_of_fifo_with_backfill",
                seconds(own.completion.mean_s) / seconds(base.completion.mean_s), "of_it", 0.7));
    section.figures.push_back(
        at_most(name + "_p99_of_fifo_with_backfill",
                seconds(own.completion.p99_s) / seconds(base.completion.p99_s), "of_it", 1));
    section.figures.push_back(
        at_least(name + "_allocated_while_any_waited",
                 100 * own.resources.front().allocated_while_waiting.value_or(0), "percent", 95));
  };
  for (std::size_t i = 0; i < settings.size(); ++i) {
    for (std::size_t k = 0; k < policies.size(); ++k) {
      if (!says_something(settings[i], policies[k])) continue;
      section.rows.push_back(row_of(settings[i].name, policies[k].name, outcomes[i][k]));
    }
    const std::string name = names[i];
    hold(name + "_weir", outcomes[i][easy].figures, outcomes[i][weir_with_turns].figures);
  }
  page.add(std::move(section));
}

}  // namespace weir::tables
