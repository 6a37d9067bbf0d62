// Carbon in time and in place: the published means again.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "bench/flows/rows.h"
#include "bench/flows/tables_of_numbers.h"
#include "flow/load.h"

namespace weir::flows {

namespace {

// Of one length of work and one slack, means over all starts of all zones, in grams per hour.
struct Shifted {
  double at_once = 0;
  double one_run = 0;
  double paused = 0;
};

Shifted shifted(const std::vector<Zone>& zones, int hours, int slack) {
  Shifted out;
  double zones_done = 0;
  for (const Zone& zone : zones) {
    model::Series series;
    series.values = zone.micrograms;
    const flow::Steps steps(series);
    const Outlook truth(steps);
    const int end = static_cast<int>(zone.micrograms.size());
    std::array<Sum, 3> sums{};
    const Duration length = hours * hour;
    for (int i = 0; i < end - hours; ++i) {
      const Time now(i * hour);
      const Span window{now, Time(std::min(end, i + slack + hours) * hour)};
      const Time latest = window.until - length;
      const Time start = flow::cheapest_start(truth, now, latest, length);
      sums[0] += truth.sum(now, now + length);
      sums[1] += truth.sum(start, start + length);
      sums[2] += flow::cost_of(truth, flow::cheapest_spans(truth, window, length));
    }
    const double jobs = static_cast<double>(end - hours) * hours;
    out.at_once += grams(sums[0]) / jobs;
    out.one_run += grams(sums[1]) / jobs;
    out.paused += grams(sums[2]) / jobs;
    zones_done += 1;
  }
  for (double* each : {&out.at_once, &out.one_run, &out.paused}) *each /= zones_done;
  return out;
}

}  // namespace

void carbon_in_time_rows(const std::string& data, Page& page) {
  struct Published {
    int hours;
    double at_once, one_run, paused;
  };
  constexpr std::array<Published, 3> published{{{1, 368.3768, 310.9970, 310.9970},
                                                {6, 368.3876, 321.9137, 318.9297},
                                                {24, 368.4293, 355.1490, 336.7885}}};
  Section section;
  section.title = "Carbon in time: 123 zones, 2022, work that may wait for a day";
  section.text = {
      "Every hour of the year a job arrives that runs for so many hours at 1 kW and may end a day "
      "later than it could. It starts at once; at the best time, in one run; or in the best hours, "
      "paused between. In grams of CO2 equivalents for each hour it runs, mean over all starts and "
      "zones: published, measured. `flow/shift.h`, the searches that the engine uses.",
      "The future is known (Sukprasert et al., EuroSys 2024, by their rules: windows are cut at "
      "the "
      "end of the year)."};
  section.head = {"hours", "at once", "in one run", "paused"};
  const std::vector<Zone> zones = read_zones(data);
  std::vector<Shifted> measured(published.size());
  std::vector<std::function<void()>> work;
  for (std::size_t i = 0; i < published.size(); ++i) {
    work.emplace_back([&, i] { measured[i] = shifted(zones, published[i].hours, 24); });
  }
  bench::do_all(work);
  for (std::size_t i = 0; i < published.size(); ++i) {
    const Published& there = published[i];
    const Shifted& here = measured[i];
    const std::string name = "carbon_time_" + std::to_string(there.hours) + "h_";
    const auto both = [](double a, double b) { return digits(a, 4) + " / " + digits(b, 4); };
    section.rows.push_back({std::to_string(there.hours), both(there.at_once, here.at_once),
                            both(there.one_run, here.one_run), both(there.paused, here.paused)});
    const auto exact = [&](const char* what, double value, double bar) {
      Judged judged = near(name + what, value, "g", bar, 0.00005);
      judged.value = digits(value, 4);
      judged.target = digits(bar, 4) + "+-0.00005";
      section.figures.push_back(judged);
    };
    exact("at_once", here.at_once, there.at_once);
    exact("one_run", here.one_run, there.one_run);
    exact("paused", here.paused, there.paused);
  }
  page.add(std::move(section));
}

namespace {

// Sites of a cloud, the cleanest first, with the latency between them.
struct Sites {
  std::vector<double> carbon;                // mean of the year, grams
  std::vector<std::vector<double>> latency;  // ms, from one to another
};

Sites read_sites(const std::string& data) {
  std::map<std::string, double> mean;
  for (const Zone& zone : read_zones(data)) {
    double sum = 0;
    for (const std::int64_t value : zone.micrograms) sum += static_cast<double>(value) / 1e6;
    mean[zone.name] = sum / static_cast<double>(zone.micrograms.size());
  }
  const CsvTable table =
      read_csv(data + "/carbon_2022_123zones/shared_data/gcp_latency_matrix.csv");
  // A zone that stands there twice is one site, and of its latencies the last is taken.
  std::map<std::pair<std::string, std::string>, double> latency;
  std::set<std::string> names;
  for (const auto& row : table.rows) {
    if (mean.count(row[0]) == 0) continue;
    names.insert(row[0]);
    for (std::size_t i = 1; i < row.size(); ++i) latency[{row[0], table.head[i]}] = number(row[i]);
  }
  std::vector<std::string> order(names.begin(), names.end());
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto& a, const auto& b) { return mean[a] < mean[b]; });
  Sites sites;
  for (const std::string& from : order) {
    sites.carbon.push_back(mean[from]);
    auto& row = sites.latency.emplace_back();
    for (const std::string& to : order) row.push_back(latency[{from, to}]);
  }
  return sites;
}

constexpr std::int64_t site_room = 10'000;  // a site's capacity of 100, in hundredths

// Origins from the cleanest on, each to the cleanest site first: the authors' greedy.
double greedy(const Sites& sites, double latency, std::int64_t load) {
  const std::size_t count = sites.carbon.size();
  std::vector<std::int64_t> room(count, site_room);
  double carbon = 0;
  for (std::size_t from = 0; from < count; ++from) {
    std::int64_t left = load;
    for (std::size_t to = 0; to < count && left > 0; ++to) {
      if (to != from && sites.latency[from][to] > latency) continue;
      const std::int64_t amount = std::min(left, room[to]);
      room[to] -= amount;
      left -= amount;
      carbon += static_cast<double>(amount) * sites.carbon[to];
    }
  }
  return carbon / static_cast<double>(load) / static_cast<double>(count);
}

double exact(const Sites& sites, double latency, std::int64_t load) {
  const std::size_t count = sites.carbon.size();
  flow::LoadProblem problem;
  problem.loads.assign(count, load);
  problem.room.assign(count, site_room);
  for (std::size_t from = 0; from < count; ++from) {
    auto& row = problem.cost.emplace_back(count);
    for (std::size_t to = 0; to < count; ++to) {
      if (to != from && sites.latency[from][to] > latency) continue;
      row[to] = std::llround(sites.carbon[to] * 1e6);
    }
  }
  const flow::LoadPlan plan = flow::place_load(problem);
  return static_cast<double>(plan.cost) / 1e6 / static_cast<double>(load) /
         static_cast<double>(count);
}

}  // namespace

void carbon_in_place_rows(const std::string& data, Page& page) {
  struct Published {
    double latency;
    std::array<double, 3> cells;  // by how much of each site is idle: none, half, 99%
  };
  constexpr std::array<Published, 3> published{{{50, {379.7667, 261.6117, 199.7688}},
                                                {150, {379.7667, 208.5570, 86.6236}},
                                                {250, {379.7667, 206.9847, 28.4712}}}};
  constexpr std::array<int, 3> idle{0, 50, 99};
  const Sites sites = read_sites(data);
  Section section;
  section.title = "Carbon in place: 30 sites, latency and room limited";
  section.text = {
      "Each of " + std::to_string(sites.carbon.size()) +
          " sites of a cloud has the same load, which may be served wherever the latency from its "
          "site is within the limit and there is room. In grams for a kWh, mean of 2022: "
          "published / their greedy, measured; behind it the exact plan (`flow/load.h`, a flow of "
          "least cost), which can only be lower.",
      "The greedy serves the cleanest sites' own load first, and so gives the best places to those "
      "who gain least by them."};
  section.head = {"latency", "idle 0%", "idle 50%", "idle 99%"};
  for (const Published& there : published) {
    std::vector<std::string> row{digits(there.latency, 0) + " ms"};
    for (std::size_t i = 0; i < idle.size(); ++i) {
      const std::int64_t load = site_room * (100 - idle[i]) / 100;
      const double theirs = greedy(sites, there.latency, load);
      const double ours = exact(sites, there.latency, load);
      row.push_back(digits(there.cells[i], 4) + " / " + digits(theirs, 4) + "; " + digits(ours, 4));
      const std::string name =
          "carbon_place_" + digits(there.latency, 0) + "ms_" + std::to_string(idle[i]);
      Judged judged = near(name + "_greedy", theirs, "g", there.cells[i], 0.00005);
      judged.value = digits(theirs, 4);
      judged.target = digits(there.cells[i], 4) + "+-0.00005";
      section.figures.push_back(judged);
      judged = at_most(name + "_exact", ours, "g", there.cells[i] + 0.00005);
      judged.value = digits(ours, 4);
      judged.target = "<=" + digits(there.cells[i], 4);
      section.figures.push_back(judged);
    }
    section.rows.push_back(std::move(row));
  }
  page.add(std::move(section));
}

}  // namespace weir::flows
