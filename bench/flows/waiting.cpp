// Carbon and cost against waiting, on traces of a year: GAIA's policies, and every job weighed
// exactly.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>

#include "bench/flows/gaia.h"
#include "bench/flows/tables_of_numbers.h"

namespace weir::flows {

namespace {

constexpr std::size_t hours = 8760;  // of the year

// ---- every start weighed against waiting

enum class Knows : std::uint8_t { length, told, usual };

GaiaPolicy one_run(const Outlook& outlook, Knows knows, std::int64_t waiting) {
  return [&outlook, knows, waiting](const GaiaJob& job) {
    const Duration length = knows == Knows::length ? job.length
                            : knows == Knows::told ? job.told
                                                   : job.usual;
    // The mean of what is used for each processor, and of what it is worth to be done.
    return run_from(flow::cheapest_start(outlook, job.arrival, job.arrival + job.window, length,
                                         {waiting / std::max<std::int64_t>(job.cpus, 1)}),
                    job);
  };
}

GaiaPolicy paused(const Outlook& outlook, std::int64_t waiting) {
  return [&outlook, waiting](const GaiaJob& job) {
    return flow::cheapest_spans(outlook, {job.arrival, job.arrival + job.window + job.length},
                                job.length, {waiting / std::max<std::int64_t>(job.cpus, 1)});
  };
}

using Weighed = std::function<GaiaOutcome(std::int64_t waiting)>;

constexpr std::int64_t weight_most = std::int64_t{1} << 40;

// What comes of the weight that is last or first to be good; weights go by their logarithms, as
// nobody knows the scale. None: no weight is.
std::optional<GaiaOutcome> at_the_edge(const Weighed& weighed,
                                       const std::function<bool(const GaiaOutcome&)>& good,
                                       bool good_below) {
  std::int64_t inside = good_below ? 0 : weight_most;
  std::int64_t outside = good_below ? weight_most : 0;
  GaiaOutcome best = weighed(inside);
  if (!good(best)) return std::nullopt;
  if (const GaiaOutcome all = weighed(outside); good(all)) return all;
  constexpr int steps = 14;
  for (int step = 0; step < steps && std::abs(inside - outside) > 1; ++step) {
    const auto middle = static_cast<std::int64_t>(
        std::sqrt(static_cast<double>(inside + 1) * static_cast<double>(outside + 1)));
    if (middle == inside || middle == outside) break;
    const GaiaOutcome outcome = weighed(middle);
    if (good(outcome)) {
      inside = middle;
      best = outcome;
    } else {
      outside = middle;
    }
  }
  return best;
}

struct Question {
  std::string trace;
  std::string name;  // of the series
  std::string unit;
  model::Series series;
};

struct Answer {
  std::vector<std::string> row;
  std::vector<Judged> figures;
  Plot plot;
};

Answer answer(const Question& question, const std::vector<GaiaJob>& jobs) {
  const flow::Steps steps(question.series);
  const Outlook truth(steps);
  const GaiaOutcome once = run_gaia(jobs, truth, at_once);
  const auto saving = [&](const GaiaOutcome& outcome) {
    return 100 * (1 - outcome.used / once.used);
  };
  const auto text = [&](const GaiaOutcome& outcome) {
    return digits(saving(outcome), 2) + "%, " + digits(outcome.waiting, 2) + " h";
  };
  struct Rival {
    const char* name;
    GaiaOutcome theirs;
    Weighed ours;
  };
  const auto by = [&](Knows knows) {
    return [&jobs, &truth, knows](std::int64_t waiting) {
      return run_gaia(jobs, truth, one_run(truth, knows, waiting));
    };
  };
  const auto by_pauses = [&](std::int64_t waiting) {
    return run_gaia(jobs, truth, paused(truth, waiting));
  };
  const std::vector<Rival> rivals{
      {"lowest_slot", run_gaia(jobs, truth, lowest_slot(truth)), by(Knows::usual)},
      {"lowest_window", run_gaia(jobs, truth, lowest_window(truth)), by(Knows::told)},
      {"wait_awhile", run_gaia(jobs, truth, wait_awhile(truth)), by_pauses}};
  Answer out;
  out.row = {question.trace, question.name, digits(once.used, 0) + " " + question.unit};
  const std::string name = "waiting_" + question.trace + "_" + question.name + "_";
  for (const Rival& rival : rivals) {
    const auto same_wait = at_the_edge(
        rival.ours,
        [&](const GaiaOutcome& outcome) { return outcome.waiting <= rival.theirs.waiting; }, false);
    const auto same_use = at_the_edge(
        rival.ours, [&](const GaiaOutcome& outcome) { return outcome.used <= rival.theirs.used; },
        true);
    const auto or_never = [&](const std::optional<GaiaOutcome>& outcome) {
      return outcome ? text(*outcome) : std::string("never");
    };
    out.row.push_back(text(rival.theirs) + " / " + or_never(same_wait) + " / " +
                      or_never(same_use));
    out.figures.push_back(at_least(name + rival.name + "_saves_more",
                                   same_wait ? saving(*same_wait) - saving(rival.theirs) : -100,
                                   "points", 0));
    out.figures.push_back(at_most(
        name + rival.name + "_waits_less",
        same_use ? same_use->waiting / std::max(rival.theirs.waiting, 1e-9) : 100, "of_theirs", 1));
  }
  // Wait awhile is the best there is where waiting counts for nothing; where it counts a little:
  const double most = saving(rivals.back().theirs);
  const auto nearly = at_the_edge(
      by_pauses, [&](const GaiaOutcome& outcome) { return saving(outcome) >= 0.9 * most; }, true);
  out.row.push_back(nearly ? text(*nearly) : "never");
  out.figures.push_back(at_most(
      name + "nine_tenths_of_wait_awhile_waits",
      nearly ? nearly->waiting / std::max(rivals.back().theirs.waiting, 1e-9) : 100, "of_it", 1));
  out.plot = Plot{"What waiting saves: " + question.trace + ", " + question.name,
                  "mean waiting, hours",
                  "% saved against starting at once",
                  false,
                  {}};
  const auto curve = [&](const std::string& title, const Weighed& weighed) {
    Line line{title, {}};
    for (int power = 0; power <= 36; power += 4) {
      const GaiaOutcome outcome = weighed(power == 0 ? 0 : std::int64_t{1} << power);
      line.points.emplace_back(outcome.waiting, saving(outcome));
    }
    std::sort(line.points.begin(), line.points.end());
    line.points.erase(std::unique(line.points.begin(), line.points.end()), line.points.end());
    out.plot.lines.push_back(std::move(line));
  };
  curve("Weir, lengths known", by(Knows::length));
  curve("Weir, lengths wrong by 1/3 to 3", by(Knows::told));
  curve("Weir, mean length of the queue", by(Knows::usual));
  curve("Weir, paused", by_pauses);
  for (const Rival& rival : rivals) {
    out.plot.lines.push_back({rival.name, {{rival.theirs.waiting, saving(rival.theirs)}}});
  }
  return out;
}

}  // namespace

void waiting_rows(const std::string& data, Page& page) {
  std::vector<Question> questions;
  const std::vector<Zone> zones = read_zones(data);
  const CsvTable prices = read_csv(data + "/electricity_price/day_ahead_price_hourly.csv");
  const auto series_of = [](std::vector<std::int64_t> values) {
    // After the end of the year it begins again.
    values.resize(std::min(values.size(), hours));
    model::Series series;
    series.values = std::move(values);
    series.repeats = series.step * static_cast<std::int64_t>(series.values.size());
    return series;
  };
  for (const char* const trace : {"pai", "azure"}) {
    for (const char* const wanted : {"AU-SA", "CA-ON", "US-CAL-CISO", "NL"}) {
      const auto zone = std::find_if(zones.begin(), zones.end(),
                                     [&](const Zone& each) { return each.name == wanted; });
      if (zone == zones.end()) continue;
      questions.push_back({trace, "carbon_" + zone->name, "g", series_of(zone->micrograms)});
    }
    for (const char* const market : {"DE", "PJM"}) {
      std::vector<std::int64_t> values;
      const std::size_t column = prices.column(market);
      for (const auto& row : prices.rows) {
        if (row[column].empty()) continue;
        values.push_back(std::llround(number(row[column]) * 1000));  // millionths for a kWh
      }
      questions.push_back({trace, std::string("price_") + market, "units", series_of(values)});
    }
  }
  std::map<std::string, std::vector<GaiaJob>> jobs;
  for (const char* const trace : {"pai", "azure"}) {
    jobs[trace] = read_gaia_jobs(data + "/gaia/" + trace + "-100k.csv");
  }
  std::vector<Answer> answers(questions.size());
  std::vector<std::function<void()>> work;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    work.emplace_back([&, i] { answers[i] = answer(questions[i], jobs.at(questions[i].trace)); });
  }
  bench::do_all(work);
  Section section;
  section.title = "Carbon and cost against waiting: two traces of a year, GAIA's policies";
  section.text = {
      "100,000 jobs of Alibaba's PAI and of Azure over a year, a kilowatt for each processor, on "
      "as "
      "many processors as they want. Jobs of up to two hours may wait for 6 hours, longer ones for "
      "24. GAIA's policies (Hanafy et al., ASPLOS 2024), made again: the lowest slot knows no "
      "length, the lowest window the mean of the queue, wait awhile the exact length, and pauses. "
      "Beside each Weir's search, which weighs each job's use against its waiting at one rate for "
      "all. It knows the queue's mean beside the first, a length told wrong by a factor from 1/3 "
      "to "
      "3 (log-uniform) beside the second, the length, with pauses, beside the third.",
      "In each cell: what is saved against starting at once, and the mean waiting, of the rival / "
      "of Weir at no more waiting / of Weir at no more use. The future of the series is known to "
      "all of them. The plots show the curves, and what wrong lengths do to them.",
      "Wait awhile with the length known is the best there is where waiting counts for nothing, so "
      "that nothing beats it at its own waiting; the last column says what nine tenths of its "
      "saving "
      "cost in waiting.",
      "One rate for all is the best there can be: a plan that used less at the same mean waiting "
      "would be a lower sum for some job (Lagrange; Everett 1963), as far as the length is known."};
  section.head = {"trace",
                  "series",
                  "at once",
                  "lowest slot",
                  "lowest window",
                  "wait awhile",
                  "nine tenths of that"};
  for (Answer& each : answers) {
    section.rows.push_back(std::move(each.row));
    std::move(each.figures.begin(), each.figures.end(), std::back_inserter(section.figures));
    page.add(std::move(each.plot));
  }
  page.add(std::move(section));
}

}  // namespace weir::flows
