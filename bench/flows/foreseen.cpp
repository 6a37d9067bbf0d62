// Carbon in time where nobody knows what comes: by forecasts, counted by what came true.
#include <algorithm>
#include <array>
#include <functional>
#include <span>

#include "bench/flows/rows.h"
#include "bench/flows/tables_of_numbers.h"
#include "flow/foresee.h"

namespace weir::flows {

namespace {

constexpr int week_hours = 7 * 24;

// What is seen at each hour of what comes: the value of that hour, then a forecast.
using Seen = std::vector<flow::Steps>;

template <typename Forecast>
Seen seen_by(const Zone& zone, int ahead, const Forecast& forecast) {
  Seen seen;
  for (std::size_t now = 0; now < zone.micrograms.size(); ++now) {
    model::Series series;
    series.start = Time(static_cast<int>(now) * hour);
    series.values = {zone.micrograms[now]};
    const std::span<const std::int64_t> past(zone.micrograms.data(), now + 1);
    for (const std::int64_t value : forecast(past, static_cast<std::size_t>(ahead))) {
      series.values.push_back(value);
    }
    seen.emplace_back(series);
  }
  return seen;
}

std::vector<std::int64_t> as_a_day_before(std::span<const std::int64_t> past, std::size_t ahead) {
  std::vector<std::int64_t> next;
  for (std::size_t i = 0; i < ahead; ++i) {
    next.push_back(past.size() < 24 ? past.back() : past[past.size() - 24 + i % 24]);
  }
  return next;
}

std::vector<std::int64_t> by_the_week(std::span<const std::int64_t> past, std::size_t ahead) {
  constexpr std::size_t kept = week_hours + 25;
  return flow::foreseen(past.last(std::min(past.size(), kept)), 24, ahead);
}

const flow::Steps& at(const Seen& seen, Time now) {
  return seen[static_cast<std::size_t>(now.time_since_epoch() / hour)];
}

// A run that is put off as long as a later start looks better, hour by hour (or decided once).
Sum run_by(const Seen& seen, const Outlook& truth, Time now, Time latest, Duration length,
           bool again) {
  const auto look = [&] {
    return flow::cheapest_start(Outlook(at(seen, now)), now, latest, length);
  };
  Time start = look();
  while (again && start > now) {
    now += hour;
    start = look();
  }
  return truth.sum(start, start + length);
}

// The same for work that can be paused.
Sum paused_by(const Seen& seen, const Outlook& truth, Span window, Duration length, bool again) {
  const auto look = [&](Time now, Duration left) {
    return flow::cheapest_spans(Outlook(at(seen, now)), {now, window.until}, left);
  };
  if (!again) return flow::cost_of(truth, look(window.from, length));
  Sum cost = 0;
  for (Time now = window.from; length > Duration(0); now += hour) {
    if (look(now, length).front().from > now) continue;
    cost += truth.sum(now, now + hour);
    length -= hour;
  }
  return cost;
}

// How much of the possible saving is reached: by persistence, decided once and anew each hour, and
// by the week, anew each hour.
struct Reached {
  std::array<double, 3> one_run{};
  std::array<double, 3> paused{};
  double possible_one_run = 0;  // grams an hour
  double possible_paused = 0;
};

Reached reached(const std::vector<Zone>& zones, int hours, int slack) {
  const Duration length = hours * hour;
  std::array<double, 8> sums{};
  double jobs = 0;
  for (const Zone& zone : zones) {
    model::Series series;
    series.values = zone.micrograms;
    const flow::Steps steps(series);
    const Outlook truth(steps);
    const Seen persistence = seen_by(zone, slack + hours, as_a_day_before);
    const Seen week = seen_by(zone, slack + hours, by_the_week);
    const int end = static_cast<int>(zone.micrograms.size());
    // Every 7th hour, so that all hours of a day come in turn.
    for (int i = week_hours; i < end - hours - slack; i += 7) {
      const Time now(i * hour);
      const Span window{now, now + slack * hour + length};
      const Time latest = window.until - length;
      const Sum once = truth.sum(now, now + length);
      const Time best = flow::cheapest_start(truth, now, latest, length);
      const std::array<Sum, 8> costs{
          truth.sum(best, best + length),
          run_by(persistence, truth, now, latest, length, false),
          run_by(persistence, truth, now, latest, length, true),
          run_by(week, truth, now, latest, length, true),
          flow::cost_of(truth, flow::cheapest_spans(truth, window, length)),
          paused_by(persistence, truth, window, length, false),
          paused_by(persistence, truth, window, length, true),
          paused_by(week, truth, window, length, true)};
      for (std::size_t k = 0; k < costs.size(); ++k) sums[k] += grams(once - costs[k]);
      jobs += hours;
    }
  }
  Reached out;
  out.possible_one_run = sums[0] / jobs;
  out.possible_paused = sums[4] / jobs;
  for (std::size_t k = 0; k < 3; ++k) {
    out.one_run[k] = sums[k + 1] / sums[0];
    out.paused[k] = sums[k + 5] / sums[4];
  }
  return out;
}

}  // namespace

void carbon_foreseen_rows(const std::string& data, Page& page) {
  constexpr std::array<int, 3> lengths{1, 6, 24};
  const std::vector<Zone> zones = read_zones(data);
  std::vector<Reached> measured(lengths.size());
  std::vector<std::function<void()>> work;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    work.emplace_back([&, i] { measured[i] = reached(zones, lengths[i], 24); });
  }
  bench::do_all(work);
  Section section;
  section.title = "Carbon in time by a forecast: how much of the possible saving is reached";
  section.text = {
      "The same work in the same zones, but nobody knows what comes: decisions go by a forecast "
      "and "
      "count by what came true. Persistence takes each hour to be as the same hour a day before; "
      "the week's forecast (`flow/foresee.h`) takes the mean of the same hour of seven days, "
      "nearer "
      "ones weighing more, plus what is different now, which fades. Decided once, or anew each "
      "hour as long as it waits, as the engine does when it is told news. Jobs come every 7th hour "
      "of the year. In percent of what could be saved with the future known, all zones together.",
      "Persistence does not reach the bar of 80%: it knows nothing of weather that passes, and of "
      "a "
      "run of 24 hours it takes every start to be alike."};
  section.head = {"hours",
                  "run",
                  "possible, g an hour",
                  "persistence, once",
                  "persistence, each hour",
                  "the week, each hour"};
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const Reached& here = measured[i];
    const std::string name = "carbon_foreseen_" + std::to_string(lengths[i]) + "h_";
    const auto add = [&](const char* run, double possible, const std::array<double, 3>& parts) {
      section.rows.push_back({std::to_string(lengths[i]), run, digits(possible, 2),
                              digits(100 * parts[0], 1) + "%", digits(100 * parts[1], 1) + "%",
                              digits(100 * parts[2], 1) + "%"});
    };
    add("in one", here.possible_one_run, here.one_run);
    add("paused", here.possible_paused, here.paused);
    const auto judge = [&](const char* what, double part) {
      section.figures.push_back(at_least(name + what, part, "of_saving", 0.8));
    };
    judge("one_run_persistence", here.one_run[1]);
    judge("one_run_week", here.one_run[2]);
    judge("paused_persistence", here.paused[1]);
    judge("paused_week", here.paused[2]);
  }
  page.add(std::move(section));
}

}  // namespace weir::flows
