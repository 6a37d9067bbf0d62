#include "bench/flows/utilisation_outcome.h"

#include <algorithm>
#include <set>
#include <utility>

namespace weir::flows {

double hours_of(Duration time) { return static_cast<double>(time.count()) / 3.6e9; }

Outcome outcome_of(const Measured& measured) {
  struct Change {
    Time at;
    std::int64_t wanted = 0;  // devices of jobs that are there
    std::int64_t held = 0;
  };
  Outcome outcome;
  outcome.jobs = measured.jobs.size();
  outcome.refused = measured.refused;
  std::vector<Change> changes;
  std::vector<Duration> waits;
  std::vector<Duration> completions;
  double work = 0;
  for (const Placed& job : measured.jobs) {
    changes.push_back({job.submitted, job.devices, 0});
    changes.push_back({job.ended, -job.devices, 0});
    waits.push_back(job.placed - job.submitted);
    completions.push_back(job.ended - job.submitted);
    work += hours_of(job.length) * static_cast<double>(job.devices);
  }
  for (const Held& each : measured.held) changes.push_back({each.at, 0, each.devices});
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return a.at < b.at; });
  std::int64_t wanted = 0;
  std::int64_t held = 0;
  double held_hours = 0;
  double held_under_demand = 0;
  for (std::size_t i = 0; i + 1 < changes.size(); ++i) {
    wanted += changes[i].wanted;
    held += changes[i].held;
    const double hours = hours_of(changes[i + 1].at - changes[i].at);
    held_hours += hours * static_cast<double>(held);
    if (wanted < measured.devices) continue;
    outcome.demand_hours += hours;
    held_under_demand += hours * static_cast<double>(held);
  }
  const auto devices = static_cast<double>(measured.devices);
  const double there = devices * hours_of(changes.back().at - changes.front().at);
  outcome.allocated = held_hours / there;
  outcome.busy = measured.busy_hours / there;
  outcome.work = work / there;
  if (outcome.demand_hours > 0) {
    outcome.allocated_under_demand = held_under_demand / devices / outcome.demand_hours;
  }
  outcome.wait = twin::spread_of(waits);
  outcome.completion = twin::spread_of(completions);
  return outcome;
}

Duration longest_first_in_turn(const std::vector<Placed>& jobs, std::int64_t ageing) {
  struct Event {
    Time at;
    bool comes = false;
    std::size_t job = 0;
  };
  const auto due = [&](std::size_t job) { return jobs[job].submitted + ageing * jobs[job].limit; };
  std::vector<Event> events;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    events.push_back({jobs[i].submitted, true, i});
    events.push_back({jobs[i].placed, false, i});
  }
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return a.at != b.at ? a.at < b.at : a.comes && !b.comes;
  });
  std::set<std::pair<Time, std::size_t>> waiting;  // by when they are due
  Time first_since;
  Duration longest{};
  for (const Event& event : events) {
    const auto head = waiting.empty() ? jobs.size() : waiting.begin()->second;
    if (event.comes) {
      waiting.emplace(due(event.job), event.job);
    } else {
      if (event.job == head) {
        longest = std::max(longest, event.at - std::max(first_since, due(head)));
      }
      waiting.erase({due(event.job), event.job});
    }
    if (!waiting.empty() && waiting.begin()->second != head) first_since = event.at;
  }
  return longest;
}

double percentile(std::vector<float> values, double percent) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(percent / 100 * static_cast<double>(values.size()));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::min(rank, values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

}  // namespace weir::flows
