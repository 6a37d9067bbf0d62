// The four flows switched on one by one, all together, and each left out: three traces on two sets
// of regions.
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/read.h"
#include "bench/flows/grid.h"
#include "bench/flows/rows.h"
#include "bench/flows/tables_of_numbers.h"
#include "bench/page/trials.h"

namespace weir::flows {

namespace {

constexpr std::size_t sites_used = 8;

// Where the trial runs: eight sites with their links and their energy.
struct Regions {
  std::string name;
  std::vector<std::string> sites;
  model::NetworkTable network;
  std::vector<twin::SitePowerForm> power;
};

struct Trace {
  std::string name;
  std::string form;  // of the scenario
  bool devices = true;
  std::uint32_t nodes_per_leaf = 4;
};

struct Variant {
  std::string name;
  bool stays_home = false;
  model::Flows flows;
};

const std::array<Variant, 8>& variants() {
  static const std::array<Variant, 8> all{{
      {"islands", true, {false, false, false}},
      {"one pool", false, {false, false, false}},
      {"+ data", false, {true, false, false}},
      {"+ data, network", false, {true, true, false}},
      {"all four", false, {true, true, true}},
      {"all but data", false, {false, true, true}},
      {"all but network", false, {true, false, true}},
      {"one pool, network", false, {false, true, false}},
  }};
  return all;
}
constexpr std::size_t islands = 0;
constexpr std::size_t blind = 1;
constexpr std::size_t with_data = 2;
constexpr std::size_t with_network = 3;
constexpr std::size_t all_four = 4;

// ---- regions

model::Series steady(std::int64_t value) {
  model::Series series;
  series.values = {value};
  series.repeats = series.step;
  return series;
}

// The zones' carbon and the markets' prices of one year, by turns; what a year's beginning has is
// taken for the trial's.
Regions clouds(const std::string& data) {
  Regions regions{"eight cloud regions", {}, {}, {}};
  const Grid grid = read_grid(data);
  const std::vector<std::string> wanted{
      "aws:us-east-1",    "aws:eu-central-1", "aws:ap-northeast-1", "azure:canadacentral",
      "azure:westeurope", "gcp:us-west1",     "gcp:europe-north1",  "gcp:asia-southeast1"};
  const std::vector<std::string> zones{"US-MIDA-PJM", "DE",         "JP-TK", "CA-ON",
                                       "NL",          "US-NW-PACW", "FI",    "SG"};
  const std::vector<Zone> known = read_zones(data);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto at = std::find(grid.regions.begin(), grid.regions.end(), wanted[i]);
    if (at == grid.regions.end()) continue;
    regions.sites.push_back(wanted[i]);
    twin::SitePowerForm power;
    power.told.site = wanted[i];
    power.told.pue_milli = 1200;
    power.told.cpu_draw_mw = 5'000;
    power.told.devices = {{"gpu", 400'000}};
    const auto zone = std::find_if(known.begin(), known.end(),
                                   [&](const Zone& each) { return each.name == zones[i]; });
    model::Series carbon = steady(400'000);
    if (zone != known.end()) {
      carbon.values.clear();
      for (const std::int64_t micrograms : zone->micrograms) {
        carbon.values.push_back(micrograms / 1000);
      }
      carbon.repeats = carbon.step * static_cast<std::int64_t>(carbon.values.size());
    }
    power.told.carbon_mg_per_kwh = std::move(carbon);
    power.told.price_micro_cny_per_kwh = steady(600'000);
    regions.power.push_back(std::move(power));
  }
  const auto number_of = [&](const std::string& site) {
    return static_cast<std::size_t>(std::find(grid.regions.begin(), grid.regions.end(), site) -
                                    grid.regions.begin());
  };
  constexpr std::int64_t cny_for_usd = 7;
  for (const std::string& from : regions.sites) {
    for (const std::string& to : regions.sites) {
      if (from == to) continue;
      const std::size_t link = grid.network.link(number_of(from), number_of(to));
      if (grid.network.bits_per_second[link] <= 0) continue;
      regions.network.links.push_back({from, to, grid.network.bits_per_second[link], 100'000,
                                       grid.network.micro_cny_per_gb[link] * cny_for_usd,
                                       std::nullopt});
    }
  }
  regions.network.relay_price_more_micro_cny_per_gb = 1'000'000;
  return regions;
}

std::optional<Regions> hubs() {
  Regions regions{"eight hubs of China", {}, {}, {}};
  const std::string folder = "examples/china-hubs/";
  if (!std::filesystem::exists(folder + "links.yaml")) return std::nullopt;
  std::ifstream file(folder + "power.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  const auto document = base::parse_yaml(text.str(), "power.yaml");
  if (!document) return std::nullopt;
  const auto power = base::read_document<model::PowerTable>(*document);
  if (!power) return std::nullopt;
  twin::NetworkForm network;
  network.file = folder + "links.yaml";
  if (!twin::read_network(network)) return std::nullopt;
  regions.network = std::move(network.told);
  for (const model::SitePlace& place : regions.network.sites) regions.sites.push_back(place.site);
  for (const model::SitePower& told : power->sites) {
    twin::SitePowerForm& form = regions.power.emplace_back();
    form.told = told;
    form.told.devices = {{"gpu", 400'000}};
  }
  regions.network.relay_price_more_micro_cny_per_gb = 100'000;
  return regions;
}

// ---- one trial

struct Outcome {
  twin::Figures figures;
  double misses = 0;  // of all that ended
};

// So many nodes at each site that all of them together are asked for so much of their time.
std::uint32_t nodes_for(const Prepared& prepared, bool devices, double load) {
  double work = 0;
  double last = 0;
  std::uint32_t widest = 1;
  for (const twin::TraceJob& job : prepared.work.jobs) {
    const double units = devices ? job.devices_milli / 1000.0 : job.cpus_milli / 1000.0;
    work += seconds(job.run_time) * job.nodes * units;
    last = std::max(last, seconds(job.submit));
    widest = std::max(widest, job.nodes);
  }
  const double each = devices ? 8 : 64;
  const double nodes = work / std::max(last, 1.0) / load / each / sites_used;
  return std::max(static_cast<std::uint32_t>(std::ceil(nodes)), widest);
}

std::string scenario_text(const Regions& regions, const Trace& trace, std::uint32_t nodes) {
  std::ostringstream yaml;
  yaml << "{seed: 1, start: 2026-01-05T00:00Z, sites: [";
  for (const std::string& site : regions.sites) {
    yaml << "{name: '" << site << "', start_latency: 20s, pools: [{count: " << nodes
         << ", cpus: 64, " << (trace.devices ? "devices: 'gpu:8', " : "")
         << "topology: {nodes_per_leaf: " << trace.nodes_per_leaf
         << ", leaf_crossing_percent: 20}}]}, ";
  }
  yaml << "], workload: {trace: {" << trace.form << "}, datasets: {count: 300, homes: [";
  // Half of the sites have three fifths of the work.
  for (std::size_t i = 0; i < regions.sites.size(); ++i) {
    yaml << "{site: '" << regions.sites[i] << "', weight: " << (i % 2 == 0 ? 3 : 2) << "}, ";
  }
  yaml << "]}}}";
  return yaml.str();
}

Outcome run(const Regions& regions, const Trace& trace, std::uint32_t nodes,
            const Variant& variant) {
  Prepared prepared = bench::prepare(scenario_text(regions, trace, nodes));
  twin::Scenario& scenario = prepared.scenario;
  scenario.network = twin::NetworkForm{"", regions.network};
  scenario.power = twin::PowerForm{twin::Foresight::whole, regions.power, {}};
  scenario.policy = model::weir_policy();
  scenario.policy.flows = variant.flows;
  prepared.work.stays_home = variant.stays_home;
  prepared.work.tells_data = variant.flows.data;
  if (variant.flows.power) {
    prepared.work.objective = {1000, 300, 300};
    prepared.work.max_delay = std::chrono::hours(6);
  }
  Outcome outcome;
  double ended = 0;
  twin::TrialHooks hooks;
  hooks.fingerprint = false;
  hooks.job = [&](const twin::JobOutcome& job, const twin::TraceJob& row) {
    if (!job.ended) return;
    ++ended;
    const Duration due = 2 * row.run_time + 4 * hour;
    if (*job.ended - job.submitted > due) ++outcome.misses;
  };
  outcome.figures = twin::run_trial(scenario, prepared.work, hooks);
  outcome.misses /= std::max(ended, 1.0);
  return outcome;
}

std::string percent(const std::optional<double>& part) {
  return part ? digits(100 * *part, 1) + "%" : "-";
}

std::vector<std::string> row_of(const std::string& where, const std::string& trace,
                                const std::string& variant, const Outcome& outcome) {
  const twin::Figures& figures = outcome.figures;
  const auto& resource = figures.resources.front();
  const auto hours = [](Duration time) { return digits(seconds(time) / 3600, 2); };
  const model::Footprint used = figures.footprint.value_or(model::Footprint{});
  const auto data = figures.data.value_or(twin::DataFigures{});
  const auto staging = data.staging.count > 0 ? data.staging : data.fetching;
  return {
      where,
      trace,
      variant,
      hours(figures.wait.mean_s) + " / " + hours(figures.wait.p99_s),
      hours(figures.completion.mean_s) + " / " + hours(figures.completion.p99_s),
      percent(resource.allocated) + " / " + percent(resource.busy) + " / " + percent(resource.work),
      digits(static_cast<double>(data.wan_bytes) / 1e12, 1),
      std::to_string(staging.count) + " × " + hours(staging.mean_s),
      digits(static_cast<double>(data.micro_cny) / 1e6, 0) + " + " +
          digits(static_cast<double>(used.energy_micro_cny.value_or(0)) / 1e6, 0),
      digits(static_cast<double>(used.energy_joules.value_or(0)) / 3.6e9, 1),
      digits(static_cast<double>(used.carbon_mg.value_or(0)) / 1e9, 2),
      digits(100 * outcome.misses, 2) + "%"};
}

double mean(const Outcome& outcome) { return seconds(outcome.figures.completion.mean_s); }
double bytes(const Outcome& outcome) {
  return outcome.figures.data ? static_cast<double>(outcome.figures.data->wan_bytes) : 0;
}
// Hours in which jobs waited for their data, with devices in their hands or without.
double staging(const Outcome& outcome) {
  if (!outcome.figures.data) return 0;
  const auto all = [](const twin::DurationSpread& spread) {
    return static_cast<double>(spread.count) * seconds(spread.mean_s);
  };
  return all(outcome.figures.data->staging) + all(outcome.figures.data->fetching);
}
double grams(const Outcome& outcome) {
  const auto& used = outcome.figures.footprint;
  return used ? static_cast<double>(used->carbon_mg.value_or(0)) : 0;
}

void judge(const std::string& name, const std::vector<Outcome>& all, Section& section) {
  const double base = mean(all[islands]);
  section.figures.push_back(at_least(name + "_completion_below_islands",
                                     100 * (1 - mean(all[with_network]) / base), "percent", 30));
  section.figures.push_back(stated(name + "_network_term_alone",
                                   100 * (mean(all[with_data]) - mean(all[with_network])) / base,
                                   "percent_of_islands"));
  section.figures.push_back(at_least(name + "_fewer_bytes_than_compute_only",
                                     100 * (1 - bytes(all[with_network]) / bytes(all[blind])),
                                     "percent", 40));
  section.figures.push_back(at_most(name + "_staging_of_compute_only",
                                    staging(all[with_network]) / staging(all[blind]), "of_it", 1));
  section.figures.push_back(at_most(name + "_completion_of_compute_only",
                                    mean(all[with_network]) / mean(all[blind]), "of_it", 1));
  section.figures.push_back(at_least(name + "_carbon_saved_by_power",
                                     100 * (1 - grams(all[all_four]) / grams(all[with_network])),
                                     "percent", 0));
}

}  // namespace

void four_flow_rows(const std::string& data, Page& page) {
  const std::string philly =
      "units_per_node: 8, estimates: noisy, one_tenant: true, jobs: 6000, file: " + data +
      "/philly/philly.csv";
  const std::string gavel =
      "estimates: noisy, one_tenant: true, units_per_node: 8, jobs_per_hour: 6, jobs: 4000, "
      "file: " +
      data + "/gavel/continuous_multiple_seed0.tsv";
  const std::string pai =
      "estimates: noisy, one_tenant: true, jobs: 6000, file: " + data + "/gaia/pai-100k.csv";
  const std::vector<Trace> traces{{"philly", philly}, {"gavel", gavel}, {"pai", pai, false}};
  std::vector<Regions> places;
  if (auto china = hubs()) places.push_back(*std::move(china));
  places.push_back(clouds(data));
  struct Cell {
    std::size_t place = 0;
    std::size_t trace = 0;
    std::uint32_t nodes = 1;
  };
  std::vector<Cell> cells;
  for (std::size_t place = 0; place < places.size(); ++place) {
    for (std::size_t trace = 0; trace < traces.size(); ++trace) {
      constexpr double load = 0.8;
      const Prepared first =
          bench::prepare(scenario_text(places[place], traces[trace], 100'000 / 8));
      cells.push_back({place, trace, nodes_for(first, traces[trace].devices, load)});
    }
  }
  std::vector<std::vector<Outcome>> outcomes(cells.size(), std::vector<Outcome>(variants().size()));
  std::vector<std::function<void()>> work;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    for (std::size_t k = 0; k < variants().size(); ++k) {
      work.emplace_back([&, i, k] {
        outcomes[i][k] =
            run(places[cells[i].place], traces[cells[i].trace], cells[i].nodes, variants()[k]);
      });
    }
  }
  bench::do_all(work);
  Section section;
  section.title = "Four flows: compute, data, network and power, one by one and together";
  section.text = {
      "Eight sites alike, loaded to 0.8 together; half of them are home to three fifths of the "
      "work. "
      "Each job reads one of 300 datasets (1 GB to 10 TB, evenly by logarithm; Zipf's law), which "
      "lies at its home when all begins. Lengths are told wrong by a factor from 1/3 to 3. A gang "
      "across leaf switches of four nodes takes a fifth longer (made up).",
      "Islands: each job runs at its home. One pool: Weir with compute alone; work goes where "
      "there "
      "is room, and fetches its data while it holds its devices, each link shared evenly, sites "
      "keeping what has come. Data: where data lies counts, and what is missing comes before "
      "devices "
      "are held. Network: windows on links, relays, gangs under as few switches as will do. Power: "
      "objective finish 1, cost 0.3, carbon 0.3, and up to six hours of delay.",
      "Waiting and completion from submission, mean / P99 in hours. Utilisation: allocated / busy "
      "/ "
      "work. Staging: how many waited for data, how long on average. Money in CNY: links + energy. "
      "A "
      "job is late that is not done within twice its length and four hours."};
  section.head = {"regions", "trace",     "flows", "waiting h", "completion h", "utilisation",
                  "WAN TB",  "staging h", "CNY",   "MWh",       "carbon t",     "late"};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string& where = places[cells[i].place].name;
    const std::string& trace = traces[cells[i].trace].name;
    for (std::size_t k = 0; k < variants().size(); ++k) {
      section.rows.push_back(row_of(where, trace, variants()[k].name, outcomes[i][k]));
    }
    const std::string name =
        "four_" + std::string(where.find("hubs") != std::string::npos ? "hubs" : "clouds") + "_" +
        trace;
    judge(name, outcomes[i], section);
  }
  page.add(std::move(section));
}

}  // namespace weir::flows
