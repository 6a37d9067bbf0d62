// Unlike devices: Gavel's table, its policies and Weir beside them, all by the same engine.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "bench/page/trials.h"
#include "bench/tables/gavel_stream.h"
#include "bench/tables/rows.h"
#include "twin/traces/readers.h"

namespace weir::tables {
namespace {

constexpr std::uint64_t first_counted = 4000;
constexpr std::uint64_t counted = 1000;

struct Method {
  const char* name;
  model::Policy policy;
};

model::Policy by_shares(model::ShareRule rule, bool unlike, bool pairs) {
  model::Policy policy;
  model::Rounds rounds;
  rounds.turns = model::TurnRule::shares;
  rounds.shares = rule;
  rounds.unlike = unlike;
  rounds.pairs = pairs;
  policy.rounds = rounds;
  return policy;
}

// In the order of the published columns; Weir last.
std::vector<Method> methods() {
  using enum model::ShareRule;
  return {{"fifo", by_shares(arrival, false, false)},
          {"fifo_perf", by_shares(arrival, true, false)},
          {"max_min", by_shares(max_min, false, false)},
          {"gandiva", by_shares(gandiva, true, true)},
          {"allox", by_shares(allox, true, false)},
          {"max_min_perf", by_shares(max_min, true, false)},
          {"max_min_packed", by_shares(max_min, true, true)},
          {"ftf_perf", by_shares(finish_time, true, false)},
          {"Weir", model::weir_policy()}};
}
constexpr std::size_t allox_column = 4;
constexpr std::size_t weir_column = 8;

// What the scheduler is told.
enum class Told : std::uint8_t {
  all,           // lengths and rates as they are
  wrong_length,  // lengths times a factor from 1/3 to 3 for each job
  wrong          // and rates likewise, for each class, model and class beside it
};

struct Setting {
  std::string data;
  std::uint32_t seed = 0;
  bool several = false;
  double jobs_per_hour = 1;
  Told told = Told::all;
  int at_once = 0;  // so many jobs, all at the start; 0: they come one by one
};

struct Outcome {
  std::vector<double> hours;  // of the jobs that count, from submission to end
  std::map<std::uint64_t, double> seconds_of;
  double utilisation = 0;
  double end_h = 0;
  std::uint64_t moves = 0;

  [[nodiscard]] double mean() const {
    double all = 0;
    for (const double each : hours) all += each;
    return hours.empty() ? 0 : all / static_cast<double>(hours.size());
  }
  [[nodiscard]] double p99() const {
    std::vector<double> sorted = hours;
    std::sort(sorted.begin(), sorted.end());
    return sorted.empty() ? 0 : sorted[sorted.size() * 99 / 100];
  }
};

Prepared prepared_for(const Setting& setting) {
  const std::string stream = setting.data + "/gavel/continuous_single_seed0.tsv";
  Prepared prepared = prepare(
      "{sites: [{name: cluster, pools: ["
      "{name: k80, count: 36, cpus: 4, devices: 'k80:1'}, "
      "{name: p100, count: 36, cpus: 4, devices: 'p100:1'}, "
      "{name: v100, count: 36, cpus: 4, devices: 'v100:1'}]}], workload: {checkpoint_every: 6m, "
      "trace: {file: " +
      stream + ", jobs: 1}}, throughput: {file: " + setting.data +
      "/gavel/simulation_throughputs.json}}");
  constexpr int jobs_made = 30'000;
  twin::traces::TraceOptions options;
  options.jobs_per_hour = setting.at_once > 0 ? 1 : setting.jobs_per_hour;
  options.units_per_node = 1;
  const int jobs = setting.at_once > 0 ? setting.at_once : jobs_made;
  auto reading = twin::traces::read_gavel_stream(
      gavel_stream(setting.seed, setting.several, jobs, prepared.work.throughputs), options);
  twin::Workload& work = reading->workload;
  work.throughputs = std::move(prepared.work.throughputs);
  work.checkpoints = prepared.work.checkpoints;
  base::Random random{setting.seed};
  const auto factor = [&] {
    const double part = static_cast<double>(random.next() >> 11U) * 0x1p-53;
    return std::pow(9.0, part) / 3.0;
  };
  for (twin::TraceJob& job : work.jobs) {
    if (setting.at_once > 0) job.submit = {};
    if (setting.told != Told::all) job.told_part = factor();
  }
  if (setting.told == Told::wrong) {
    work.told_throughputs = work.throughputs;
    for (model::Throughput& rate : work.told_throughputs->rates) {
      const double told = static_cast<double>(rate.rate_micro) * factor();
      rate.rate_micro = std::max<std::int64_t>(std::llround(told), 1);
    }
  }
  prepared.work = std::move(work);
  prepared.scenario.seed = setting.seed;
  return prepared;
}

Outcome run(const Setting& setting, const model::Policy& policy) {
  Prepared prepared = prepared_for(setting);
  prepared.scenario.policy = policy;
  Outcome outcome;
  const std::uint64_t last = setting.at_once > 0 ? UINT64_MAX : first_counted + counted;
  const std::uint64_t first = setting.at_once > 0 ? 0 : first_counted;
  std::uint64_t done = 0;
  twin::TrialHooks hooks;
  hooks.fingerprint = false;
  hooks.job = [&](const twin::JobOutcome& job, const twin::TraceJob& row) {
    if (!job.ended) return;
    const double length = seconds(*job.ended - job.submitted);
    outcome.seconds_of[row.number] = length;
    outcome.moves += job.attempts - 1;
    if (row.number < first || row.number >= last) return;
    outcome.hours.push_back(length / 3600);
    ++done;
  };
  base::Time last_step;
  hooks.step = [&](base::Time now, const model::Input&, const engine::Step&,
                   const engine::Engine&) { last_step = now; };
  hooks.enough = [&] { return setting.at_once == 0 && done == counted; };
  const twin::Figures figures = twin::run_trial(prepared.scenario, prepared.work, hooks);
  outcome.utilisation = figures.resources.front().allocated.value_or(0);
  outcome.end_h = seconds(last_step - prepared.scenario.start) / 3600;
  return outcome;
}

// ---- what was published

struct Rate {
  const char* name;
  bool several;
  double jobs_per_hour;
  std::vector<std::optional<double>> hours;  // by method
};

const std::optional<double> none;

std::vector<Rate> published() {
  return {
      {"single 0.4", false, 0.4, {17.58, 15.31, 23.26, 17.58, 17.58, 17.58, 18.42, 17.58}},
      {"single 4.0", false, 4.0, {25.38, 17.08, 23.49, 18.88, 17.13, 16.82, 16.96, 17.57}},
      {"single 4.8", false, 4.8, {99.19, 22.24, 35.79, 30.46, 20.92, 18.97, 18.67, 20.43}},
      {"single 5.6", false, 5.6, {none, 104.12, 95.99, 42.54, 25.32, 28.96, 19.64, 30.47}},
      {"multiple 1.0", true, 1.0, {19.92, 17.34, 26.10, 18.96, none, 18.54, 19.01, 18.51}},
      {"multiple 1.8", true, 1.8, {31.54, 23.71, 27.29, 22.32, none, 20.35, 19.66, 20.12}},
      {"multiple 2.4", true, 2.4, {129.27, 43.94, 38.71, 38.79, none, 30.03, 26.22, 27.93}},
      {"multiple 2.8", true, 2.8, {414.68, 204.44, 169.93, none, none, 55.78, 38.25, 41.56}},
  };
}

// ---- the page

std::vector<const char*> head_of_methods() {
  std::vector<const char*> names;
  for (const Method& method : methods()) names.push_back(method.name);
  return names;
}

std::vector<Outcome> run_each(const std::vector<std::pair<Setting, model::Policy>>& runs) {
  std::vector<Outcome> outcomes(runs.size());
  std::vector<std::function<void()>> work;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    work.emplace_back([&, i] { outcomes[i] = run(runs[i].first, runs[i].second); });
  }
  do_all(work);
  return outcomes;
}

std::string with_difference(double value, std::optional<double> published) {
  if (!published) return digits(value, 2);
  const double percent = 100 * (value / *published - 1);
  return digits(value, 2) + " (" + (percent < 0 ? "" : "+") + digits(percent, 1) + "%)";
}

// Of two columns whose published figures are more than a tenth apart, how many stand the other way.
int turned_round(const Rate& rate, const std::vector<double>& measured) {
  int wrong = 0;
  for (std::size_t a = 0; a < rate.hours.size(); ++a) {
    for (std::size_t b = 0; b < rate.hours.size(); ++b) {
      if (!rate.hours[a] || !rate.hours[b] || *rate.hours[a] * 1.1 >= *rate.hours[b]) continue;
      wrong += measured[a] >= measured[b] ? 1 : 0;
    }
  }
  return wrong;
}

std::string name_of(const Rate& rate) {
  std::string name = rate.name;
  for (char& c : name) c = c == ' ' || c == '.' ? '_' : c;
  return name;
}

// Whose mean is least among the columns that were measured.
std::size_t best_of(const Rate& rate, const std::vector<Outcome>& outcomes) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < rate.hours.size(); ++i) {
    if (rate.hours[i] && (!rate.hours[best] || outcomes[i].mean() < outcomes[best].mean()))
      best = i;
  }
  return best;
}

struct Measured {
  std::vector<std::vector<Outcome>>
      by_rate;  // by method; Weir, and Weir with wrong estimates, last
};

Measured measure(const std::string& data) {
  const std::vector<Method> all = methods();
  const std::vector<Rate> rates = published();
  std::vector<std::pair<Setting, model::Policy>> runs;
  std::vector<std::pair<std::size_t, std::size_t>> of;
  // The longest first, so that no thread is left with one at the end.
  for (std::size_t rate = rates.size(); rate-- > 0;) {
    for (std::size_t i = 0; i < all.size() + 2; ++i) {
      if (i < rates[rate].hours.size() && !rates[rate].hours[i]) continue;
      const Told told = i < all.size()    ? Told::all
                        : i == all.size() ? Told::wrong_length
                                          : Told::wrong;
      const Setting setting{data, 0, rates[rate].several, rates[rate].jobs_per_hour, told, 0};
      runs.emplace_back(setting, all[std::min(i, weir_column)].policy);
      of.emplace_back(rate, i);
    }
  }
  std::vector<Outcome> outcomes = run_each(runs);
  Measured measured;
  measured.by_rate.assign(rates.size(), std::vector<Outcome>(all.size() + 2));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    measured.by_rate[of[i].first][of[i].second] = std::move(outcomes[i]);
  }
  return measured;
}

Section allox_section(const std::string& data) {
  const model::Policy policy = methods()[allox_column].policy;
  const auto outcomes = run_each({{{data, 42, false, 0.4, Told::all, 0}, policy},
                                  {{data, 42, false, 0.8, Told::all, 0}, policy}});
  std::ifstream recorded(data + "/gavel/allox_seed42_rate0.4_per_job_jct_s.tsv");
  std::string line;
  std::getline(recorded, line);
  double furthest = 0;
  std::uint64_t compared = 0;
  std::uint64_t job = 0;
  double length = 0;
  while (recorded >> job >> length) {
    const auto at = outcomes[0].seconds_of.find(job);
    if (at == outcomes[0].seconds_of.end()) continue;
    furthest = std::max(furthest, std::abs(at->second - length));
    ++compared;
  }
  Section section;
  section.title = "Gavel: one run of AlloX, job by job (seed 42)";
  section.text = {
      "Published: 59,492.106756 s and 59,770.441018 s. Rates are kept in millionths of "
      "steps a second and times in microseconds; the rest of the difference is that. " +
      std::to_string(compared) + " jobs are compared with the authors' own record."};
  section.head = {"jobs an hour", "mean completion [s]", "published [s]"};
  section.rows = {{"0.4", digits(outcomes[0].mean() * 3600, 6), "59492.106756"},
                  {"0.8", digits(outcomes[1].mean() * 3600, 6), "59770.441018"}};
  section.figures = {
      near("allox_0_4_mean", outcomes[0].mean() * 3600, "s", 59'492.106756, 0.01),
      at_most("allox_0_4_furthest_job", furthest, "s", 1),
      at_least("allox_0_4_jobs_compared", static_cast<double>(compared), "jobs", 5000),
      near("allox_0_8_mean", outcomes[1].mean() * 3600, "s", 59'770.441018, 298.85)};
  return section;
}

Section table_section(const Measured& measured) {
  const std::vector<Rate> rates = published();
  Section section;
  section.title = "Gavel's table: mean completion in hours of jobs 4,000 to 5,000 (seed 0)";
  section.head = {"jobs an hour"};
  for (const char* name : head_of_methods()) section.head.emplace_back(name);
  section.head.emplace_back("Weir, lengths x 1/3..3");
  section.head.emplace_back("Weir, rates too");
  int within = 0;
  int cells = 0;
  int wrong = 0;
  for (std::size_t r = 0; r < rates.size(); ++r) {
    std::vector<std::string> row{rates[r].name};
    std::vector<double> means;
    for (std::size_t i = 0; i < measured.by_rate[r].size(); ++i) {
      const double mean = measured.by_rate[r][i].mean();
      means.push_back(mean);
      if (i >= rates[r].hours.size()) {
        row.push_back(digits(mean, 2));
      } else if (rates[r].hours[i]) {
        row.push_back(with_difference(mean, rates[r].hours[i]));
        ++cells;
        within += std::abs(mean / *rates[r].hours[i] - 1) <= 0.06 ? 1 : 0;
      } else {
        row.emplace_back("-");
      }
    }
    section.rows.push_back(row);
    wrong += turned_round(rates[r], means);
  }
  section.figures = {at_least("gavel_cells_within_6_percent", within, "cells", cells),
                     at_most("gavel_columns_in_another_order", wrong, "pairs", 0)};
  return section;
}

Section beside_section(const Measured& measured) {
  const std::vector<Rate> rates = published();
  Section section;
  section.title = "Weir beside the best column of each rate";
  section.head = {"jobs an hour",    "best column", "its mean [h]",     "its P99 [h]",
                  "Weir's mean [h]", "its P99 [h]", "lengths x 1/3..3", "its P99 [h]",
                  "rates too",       "its P99 [h]"};
  for (std::size_t r = 0; r < rates.size(); ++r) {
    const auto& outcomes = measured.by_rate[r];
    const std::size_t best = best_of(rates[r], outcomes);
    const Outcome& weir = outcomes[weir_column];
    const Outcome& noisy = outcomes[weir_column + 1];
    const Outcome& wrong = outcomes[weir_column + 2];
    section.rows.push_back({rates[r].name, methods()[best].name, digits(outcomes[best].mean(), 2),
                            digits(outcomes[best].p99(), 1), digits(weir.mean(), 2),
                            digits(weir.p99(), 1), digits(noisy.mean(), 2), digits(noisy.p99(), 1),
                            digits(wrong.mean(), 2), digits(wrong.p99(), 1)});
    const bool asked = rates[r].jobs_per_hour >= (rates[r].several ? 1.8 : 4.0);
    if (!asked) continue;
    double least = outcomes[best].mean();
    for (const auto& hours : rates[r].hours) least = std::min(least, hours.value_or(least));
    const std::string name = name_of(rates[r]);
    section.figures.push_back(at_most("weir_" + name + "_mean", weir.mean(), "h", least));
    section.figures.push_back(
        at_most("weir_" + name + "_p99", weir.p99(), "h", outcomes[best].p99()));
    section.figures.push_back(at_most("weir_noisy_" + name + "_mean", noisy.mean(), "h", least));
    section.figures.push_back(
        at_most("weir_noisy_" + name + "_p99", noisy.p99(), "h", outcomes[best].p99()));
    section.figures.push_back(
        at_most("weir_all_wrong_" + name + "_mean", wrong.mean(), "h", least));
  }
  return section;
}

Section seeds_section(const std::string& data) {
  const std::vector<Method> all = methods();
  const std::vector<std::size_t> columns{5, 6, weir_column};
  struct Load {
    const char* name;
    bool several;
    double jobs_per_hour;
  };
  std::vector<std::pair<Setting, model::Policy>> runs;
  std::vector<std::string> names;
  for (const Load& load : {Load{"single 4.8", false, 4.8}, Load{"multiple 2.4", true, 2.4}}) {
    for (std::uint32_t seed = 1; seed <= 5; ++seed) {
      names.push_back(std::string(load.name) + ", seed " + std::to_string(seed));
      for (const std::size_t column : columns) {
        runs.emplace_back(Setting{data, seed, load.several, load.jobs_per_hour, Told::all, 0},
                          all[column].policy);
      }
    }
  }
  const std::vector<Outcome> outcomes = run_each(runs);
  Section section;
  section.title = "The same with five other seeds";
  section.head = {"jobs an hour"};
  for (const std::size_t column : columns) {
    section.head.push_back(std::string(all[column].name) + ", mean [h]");
    section.head.emplace_back("P99 [h]");
  }
  int means = 0;
  int tails = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::vector<std::string> row{names[i]};
    const Outcome* const of = &outcomes[i * columns.size()];
    for (std::size_t k = 0; k < columns.size(); ++k) {
      row.push_back(digits(of[k].mean(), 2));
      row.push_back(digits(of[k].p99(), 1));
    }
    const Outcome& best = of[0].mean() < of[1].mean() ? of[0] : of[1];
    means += of[2].mean() < best.mean() ? 1 : 0;
    tails += of[2].p99() <= best.p99() ? 1 : 0;
    section.rows.push_back(row);
  }
  section.figures = {at_least("weir_other_seeds_lower_mean", means, "of_10", 10),
                     at_least("weir_other_seeds_p99_no_worse", tails, "of_10", 10)};
  return section;
}

Section makespan_section(const std::string& data) {
  using enum model::ShareRule;
  model::Policy weir = methods()[weir_column].policy;
  weir.rounds->turns = model::TurnRule::longest;
  const std::vector<Method> all{{"FIFO", by_shares(arrival, false, false)},
                                {"Gandiva", by_shares(gandiva, true, true)},
                                {"Gavel", by_shares(makespan, true, false)},
                                {"Weir", weir}};
  const std::vector<int> counts{100, 300, 500, 700};
  const std::vector<std::vector<double>> hours{{182.32, 295.56, 426.58, 619.52},
                                               {166.61, 199.87, 263.87, 347.34},
                                               {161.16, 161.16, 169.42, 244.23},
                                               {163.61, 161.17, 168.13, 226.22}};
  constexpr std::uint32_t seeds = 3;
  std::vector<std::pair<Setting, model::Policy>> runs;
  for (const Method& method : all) {
    for (const int count : counts) {
      for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        runs.emplace_back(Setting{data, seed, true, 1, Told::all, count}, method.policy);
      }
    }
  }
  const std::vector<Outcome> outcomes = run_each(runs);
  Section section;
  section.title = "Gavel: the makespan of jobs that are all there at the start, in hours";
  section.text = {
      "Mean of the seeds 0, 1 and 2. The last row is held against Gavel with space sharing. The "
      "longest jobs alone need 162.4 h on the mean of these seeds: nothing can be below that."};
  section.head = {"policy", "100 jobs", "300 jobs", "500 jobs", "700 jobs"};
  int within = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::string> row{all[i].name};
    for (std::size_t k = 0; k < counts.size(); ++k) {
      double mean = 0;
      for (std::size_t seed = 0; seed < seeds; ++seed) {
        mean += outcomes[(i * counts.size() + k) * seeds + seed].end_h / seeds;
      }
      row.push_back(with_difference(mean, hours[i][k]));
      if (i + 1 < all.size()) {
        within += std::abs(mean / hours[i][k] - 1) <= 0.06 ? 1 : 0;
      } else {
        section.figures.push_back(
            at_most("weir_makespan_" + std::to_string(counts[k]), mean, "h", hours[i][k]));
      }
    }
    section.rows.push_back(row);
  }
  section.figures.push_back(at_least("gavel_makespans_within_6_percent", within, "of_12", 12));
  return section;
}

// Completion of four policies, as plots.
void add_plots(const Measured& measured, Page& page) {
  const std::vector<Method> all = methods();
  for (const std::size_t rate : {std::size_t{2}, std::size_t{6}}) {
    Plot plot{std::string("Completion, ") + published()[rate].name + " jobs an hour",
              "hours",
              "of 100 jobs",
              true,
              {}};
    for (const std::size_t column : {std::size_t{1}, std::size_t{5}, std::size_t{6}, weir_column}) {
      plot.lines.push_back(
          distribution(all[column].name, measured.by_rate[rate][column].hours, 250));
    }
    page.add(std::move(plot));
  }
  for (const bool several : {false, true}) {
    Plot waiting{several ? "Completion against load, several devices a job"
                         : "Completion against load, one device a job",
                 "jobs an hour",
                 "mean hours",
                 false,
                 {}};
    Plot allocation{several ? "Allocation against load, several devices a job"
                            : "Allocation against load, one device a job",
                    "jobs an hour",
                    "% of device time",
                    false,
                    {}};
    for (const std::size_t column : {std::size_t{1}, std::size_t{5}, std::size_t{6}, weir_column}) {
      Line hours{all[column].name, {}};
      Line allocated{all[column].name, {}};
      for (std::size_t r = 0; r < measured.by_rate.size(); ++r) {
        const Rate rate = published()[r];
        if (rate.several != several) continue;
        const Outcome& outcome = measured.by_rate[r][column];
        hours.points.emplace_back(rate.jobs_per_hour, outcome.mean());
        allocated.points.emplace_back(rate.jobs_per_hour, 100 * outcome.utilisation);
      }
      waiting.lines.push_back(std::move(hours));
      allocation.lines.push_back(std::move(allocated));
    }
    page.add(std::move(waiting));
    page.add(std::move(allocation));
  }
}

}  // namespace

void unlike_rows(const std::string& data, Page& page) {
  page.add(allox_section(data));
  const Measured measured = measure(data);
  page.add(table_section(measured));
  page.add(beside_section(measured));
  add_plots(measured, page);
}

void seeds_rows(const std::string& data, Page& page) { page.add(seeds_section(data)); }

void makespan_rows(const std::string& data, Page& page) { page.add(makespan_section(data)); }

void print_cell(const std::string& data, const std::string& cell) {
  std::istringstream words(cell);
  std::string method;
  std::string devices;
  Setting setting;
  setting.data = data;
  words >> method >> setting.jobs_per_hour >> devices >> setting.seed;
  setting.several = devices == "multiple";
  for (const Method& each : methods()) {
    if (each.name != method) continue;
    const Outcome outcome = run(setting, each.policy);
    std::printf("%s: mean %.3f h, P99 %.1f h, %zu jobs, %llu changes of place, allocated %.1f%%\n",
                each.name, outcome.mean(), outcome.p99(), outcome.hours.size(),
                static_cast<unsigned long long>(outcome.moves), 100 * outcome.utilisation);
  }
}

}  // namespace weir::tables
