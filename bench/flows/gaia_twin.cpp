// GAIA's traces through the engine itself, in the twin: what its own search, its queue and its
// account of energy make of work that may wait, beside GAIA's policies as sums.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "bench/flows/gaia.h"
#include "bench/flows/tables_of_numbers.h"
#include "bench/page/trials.h"

namespace weir::flows {

namespace {

using twin::Foresight;

// A kilowatt for each processor, in grams and kilowatt hours.
constexpr std::int64_t cpu_draw_mw = 1'000'000;

model::Series carbon_of(const std::string& data, const std::string& name, Time start) {
  model::Series series;
  series.start = start;
  for (const Zone& zone : read_zones(data)) {
    if (zone.name != name) continue;
    for (const std::int64_t micrograms : zone.micrograms)
      series.values.push_back((micrograms + 500) / 1000);
  }
  // Its first weeks again after its end, so that what waits beyond it finds what comes.
  constexpr std::ptrdiff_t more = std::ptrdiff_t{60} * 24;
  const std::vector<std::int64_t> again(series.values.begin(), series.values.begin() + more);
  series.values.insert(series.values.end(), again.begin(), again.end());
  return series;
}

// What a run does otherwise than start everything at once.
struct Way {
  const char* name;
  bool waits = false;
  bool knows_length = false;  // else the mean of its queue
  Foresight foresight = Foresight::whole;
};
constexpr std::array<Way, 5> ways{
    {{"at once", false, true, Foresight::whole},
     {"lengths known", true, true, Foresight::whole},
     {"mean of the queue", true, false, Foresight::whole},
     {"lengths known, foreseen by a day", true, true, Foresight::day},
     {"lengths known, foreseen by a week", true, true, Foresight::week}}};

struct Sums {
  double kwh = 0;
  double grams = 0;
  double waiting_hours = 0;  // of all jobs together
  double jobs = 0;

  void add(const Sums& other) {
    kwh += other.kwh;
    grams += other.grams;
    waiting_hours += other.waiting_hours;
    jobs += other.jobs;
  }
  [[nodiscard]] double waiting() const { return waiting_hours / jobs; }
};

struct Question {
  std::string trace;
  bench::Prepared prepared;
  std::vector<GaiaJob> jobs;  // the same, in the same order
  model::Series carbon;
};

Question question_of(const std::string& data, const std::string& trace) {
  // Room for all, as GAIA has it: no job ever waits for another.
  Question question{trace,
                    bench::prepare("{sites: [{name: site, pools: [{count: 8, cpus: 100000}]}], "
                                   "workload: {trace: {one_tenant: true, estimates: exact, file: " +
                                   data + "/gaia/" + trace + "-100k.csv}}}"),
                    {},
                    {}};
  const Time start = question.prepared.scenario.start;
  for (const twin::TraceJob& job : question.prepared.work.jobs) {
    question.jobs.push_back(
        {start + job.submit, job.run_time, job.cpus_milli / 1000, {}, job.run_time, {}});
  }
  set_queues(question.jobs);
  question.carbon = carbon_of(data, "DE", start);
  return question;
}

// One queue of the trace under one way. As no job takes another's room, both may run by themselves.
Sums run_queue(const Question& question, const Way& way, Duration window) {
  twin::Scenario scenario = question.prepared.scenario;
  twin::Workload work = question.prepared.work;
  work.jobs.clear();
  for (std::size_t i = 0; i < question.jobs.size(); ++i) {
    const GaiaJob& job = question.jobs[i];
    if (job.window != window) continue;
    work.jobs.push_back(question.prepared.work.jobs[i]);
    work.jobs.back().time_limit = way.knows_length ? job.length : job.usual;
  }
  if (way.waits) {
    work.objective = {0, 0, model::whole_weight_milli};
    work.max_delay = window;
  }
  twin::SitePowerForm power;
  power.told.site = "site";
  power.told.cpu_draw_mw = cpu_draw_mw;
  power.told.carbon_mg_per_kwh = question.carbon;
  scenario.power = twin::PowerForm{way.foresight, {power}, {}};
  scenario.policy = model::weir_policy();
  twin::TrialHooks hooks;
  hooks.fingerprint = false;
  Sums sums;
  hooks.job = [&](const twin::JobOutcome& job, const twin::TraceJob&) {
    sums.waiting_hours += bench::seconds(*job.started - job.submitted) / 3600;
    sums.jobs += 1;
  };
  const twin::Figures figures = twin::run_trial(scenario, work, hooks);
  sums.kwh = static_cast<double>(figures.footprint->energy_joules.value_or(0)) / 3.6e6;
  sums.grams = static_cast<double>(figures.footprint->carbon_mg.value_or(0)) / 1e3;
  return sums;
}

// ---- the same as sums

Sums sums_of(const Question& question, const GaiaOutcome& outcome) {
  Sums sums;
  for (const GaiaJob& job : question.jobs)
    sums.kwh += bench::seconds(job.length) / 3600 * static_cast<double>(job.cpus);
  sums.grams = outcome.used / 1e3;
  sums.jobs = static_cast<double>(question.jobs.size());
  sums.waiting_hours = outcome.waiting * sums.jobs;
  return sums;
}

GaiaPolicy best_start(const Outlook& outlook) {
  return [&outlook](const GaiaJob& job) {
    return run_from(
        flow::cheapest_start(outlook, job.arrival, job.arrival + job.window, job.length), job);
  };
}

struct Rivals {
  Sums once, slot, window, awhile;  // GAIA's
  Sums best;                        // the best start of each, its length known
};

Rivals rivals_of(const Question& question) {
  const flow::Steps steps(question.carbon);
  const Outlook truth(steps);
  const auto by = [&](const GaiaPolicy& policy) {
    return sums_of(question, run_gaia(question.jobs, truth, policy));
  };
  return {by(at_once), by(lowest_slot(truth)), by(lowest_window(truth)), by(wait_awhile(truth)),
          by(best_start(truth))};
}

// ---- the page

void judge(const std::string& trace, const Rivals& rivals, const std::array<Sums, ways.size()>& own,
           Section& section) {
  const auto saving = [&](const Sums& sums) {
    const double percent = 100 * (1 - sums.grams / rivals.once.grams);
    return std::abs(percent) < 1e-6 ? 0 : percent;  // roundings to milligrams
  };
  const auto add_row = [&](const std::string& who, const std::string& what, const Sums& sums) {
    section.rows.push_back({trace, who, what, digits(sums.kwh, 1), digits(sums.grams / 1000, 2),
                            digits(saving(sums), 3), digits(sums.waiting(), 4)});
  };
  add_row("sum", "at once", rivals.once);
  add_row("sum, GAIA", "lowest slot", rivals.slot);
  add_row("sum, GAIA", "lowest window, mean of the queue", rivals.window);
  add_row("sum", "best start, lengths known", rivals.best);
  add_row("sum, GAIA", "wait awhile: lengths known, with pauses", rivals.awhile);
  for (std::size_t i = 0; i < ways.size(); ++i) add_row("twin, Weir", ways[i].name, own[i]);
  const auto apart = [&](const char* name, const Sums& twin, const Sums& sum) {
    const std::string figure = "gaia_twin_" + trace + "_" + name + "_";
    const auto percent = [](double a, double b) { return 100 * std::abs(a / b - 1); };
    section.figures.push_back(
        at_most(figure + "energy_off", percent(twin.kwh, sum.kwh), "percent", 0.01));
    section.figures.push_back(
        at_most(figure + "carbon_off", percent(twin.grams, sum.grams), "percent", 0.01));
    section.figures.push_back(
        at_most(figure + "waiting_off", 60 * std::abs(twin.waiting() - sum.waiting()), "min", 0.1));
  };
  apart("at_once", own[0], rivals.once);
  apart("lengths_known", own[1], rivals.best);
  apart("mean_of_queue", own[2], rivals.window);
  const auto more = [&](const char* name, const Sums& one, const Sums& other) {
    section.figures.push_back(
        at_least("gaia_twin_" + trace + "_" + name, saving(one) - saving(other), "points", 0));
  };
  more("week_saves_more_than_day", own[4], own[3]);
  more("week_saves_more_than_lowest_slot_that_knows_all", own[4], rivals.slot);
  const auto part = [&](const Sums& sums) {
    return digits(100 * saving(sums) / saving(rivals.best), 1) + "%";
  };
  section.text.push_back("`" + trace + "`: of what one run of known length can save at most, " +
                         part(own[4]) + " is reached by the week's forecast, " + part(own[3]) +
                         " by a day's persistence; GAIA's lowest window, with all of the future, "
                         "reaches " +
                         part(rivals.window) + ".");
}

}  // namespace

void gaia_twin_rows(const std::string& data, Page& page) {
  Section section;
  section.title = "GAIA's traces through the engine: German carbon, two queues";
  section.text = {
      "All 100,000 jobs of each trace, a kilowatt for each processor, on the hourly carbon of "
      "Germany (2022), with room for all, as GAIA assumes; jobs of up to two hours may wait for 6 "
      "hours, longer ones for 24. By `sum`: each job looked at by itself, as in the row above on "
      "waiting. By `twin`: the jobs are submitted to the engine with `objective: carbon` and "
      "`max_delay`, which puts them off, starts them and accounts for what they use. As none takes "
      "another's room, the two queues run one after the other, each with its own `max_delay`.",
      "Told the whole series, the engine must come to the sums: of the best start where lengths "
      "are known, of GAIA's lowest window where users say the mean of their queue. It pauses no "
      "work for carbon, so that wait awhile is out of its reach. Foreseen by a day or a week it is "
      "told each hour what has been, decides anew, and is counted by what came true."};
  section.head = {"trace", "by", "rule", "kWh", "kg of CO2", "saved, %", "mean waiting, h"};
  std::vector<Question> questions;
  for (const char* const trace : {"pai", "azure"}) questions.push_back(question_of(data, trace));
  constexpr std::array<Duration, 2> windows{window_of_short, window_of_long};
  std::vector<std::array<std::array<Sums, windows.size()>, ways.size()>> parts(questions.size());
  std::vector<std::function<void()>> work;
  for (std::size_t q = 0; q < questions.size(); ++q) {
    for (std::size_t i = 0; i < ways.size(); ++i) {
      for (std::size_t k = 0; k < windows.size(); ++k) {
        work.emplace_back(
            [&, q, i, k] { parts[q][i][k] = run_queue(questions[q], ways[i], windows[k]); });
      }
    }
  }
  bench::do_all(work);
  for (std::size_t q = 0; q < questions.size(); ++q) {
    std::array<Sums, ways.size()> own;
    for (std::size_t i = 0; i < ways.size(); ++i) {
      for (const Sums& each : parts[q][i]) own[i].add(each);
    }
    judge(questions[q].trace, rivals_of(questions[q]), own, section);
  }
  page.add(std::move(section));
}

}  // namespace weir::flows
