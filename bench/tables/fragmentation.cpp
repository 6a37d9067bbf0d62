// How much of a cluster's devices is given away before nothing fits: Weng et al., USENIX ATC 2023.
#include <array>
#include <fstream>
#include <map>
#include <sstream>

#include "bench/page/trials.h"
#include "bench/tables/rows.h"
#include "schedule/usual_work.h"

namespace weir::tables {
namespace {

using model::PlacingRule;

struct Load {
  double allocated = 0;
  double fragmented = 0;  // of all devices: idle, and of no use to a usual request
};

constexpr std::array loads{90.0, 100.0, 110.0, 130.0};

struct Run {
  std::array<Load, loads.size()> at;
};

// What is free on all sites, and what of it is of no use.
Load measure(const engine::Engine& engine, double devices_milli) {
  schedule::UsualWork usual;
  usual.demands = engine.state().policy.usual;
  for (const model::UsualDemand& each : usual.demands) usual.ranks += each.ranks;
  double idle = 0;
  double unusable = 0;
  for (const auto& [site, places] : engine.index().sites) {
    for (const schedule::Pool& pool : places.capacity.pools()) {
      const schedule::UsualOnPool on_pool(pool, usual);
      for (const auto& [free, nodes] : pool.free) {
        idle += static_cast<double>(free.devices_milli()) * nodes.size();
        unusable += static_cast<double>(on_pool.unusable(free)) * nodes.size();
      }
    }
  }
  const double ranks = static_cast<double>(std::max<std::int64_t>(usual.ranks, 1));
  return {100 * (1 - idle / devices_milli), 100 * unusable / ranks / devices_milli};
}

Run run(const Prepared& prepared, const model::Policy& policy) {
  twin::Scenario scenario = prepared.scenario;
  scenario.policy = policy;
  double devices_milli = 0;
  for (const twin::SiteModel& site : twin::site_models(scenario)) {
    for (const model::Node& node : site.nodes) {
      devices_milli += 1000.0 * static_cast<double>(node.devices.size());
    }
  }
  Run result;
  double asked = 0;
  std::size_t came = 0;
  std::size_t next = 0;
  twin::TrialHooks hooks;
  hooks.fingerprint = false;
  hooks.step = [&](base::Time, const model::Input& input, const engine::Step&,
                   const engine::Engine& engine) {
    const auto* const submitted = std::get_if<model::SubmitJobs>(&input);
    if (submitted == nullptr) return;
    for (const model::JobSpec& job : submitted->jobs) {
      const model::ResourceOption& option = job.options.front();
      if (!option.devices.empty()) asked += option.devices.front().count * option.device_milli;
    }
    came += submitted->jobs.size();
    for (; next < 3 && asked >= loads[next] / 100 * devices_milli; ++next) {
      result.at[next] = measure(engine, devices_milli);
    }
    // The last comes close to 130%, and does not reach it.
    if (came == prepared.work.jobs.size()) result.at[3] = measure(engine, devices_milli);
  };
  (void)twin::run_trial(scenario, prepared.work, hooks);
  return result;
}

struct Method {
  const char* name;
  PlacingRule rule;
};
constexpr std::array methods{
    Method{"Random", PlacingRule::random},
    Method{"DotProd", PlacingRule::dot_product},
    Method{"GpuPacking", PlacingRule::device_packing},
    Method{"BestFit", PlacingRule::best_fit},
    Method{"FGD", PlacingRule::fragmentation},
    Method{"Weir", PlacingRule::scarcity},
};
constexpr std::size_t fgd = 4;
constexpr std::size_t weir = 5;

struct Published {
  const char* trace;
  std::array<double, 5> at_100;
  std::array<double, 5> at_130;
};
constexpr std::array published{
    Published{"default", {86.30, 90.62, 91.78, 92.86, 95.23}, {87.47, 90.85, 92.00, 93.08, 95.39}},
    Published{"cpu050", {89.02, 93.03, 93.46, 93.56, 95.00}, {91.24, 93.27, 93.72, 93.79, 95.21}},
    Published{"cpu200", {83.03, 87.45, 89.98, 92.15, 94.82}, {83.77, 87.70, 90.22, 92.40, 95.04}},
    Published{
        "gpushare40", {84.86, 89.30, 89.77, 91.44, 93.96}, {86.00, 89.56, 90.03, 91.69, 94.15}},
    Published{
        "gpushare80", {80.62, 84.14, 84.65, 86.66, 89.08}, {81.22, 84.49, 85.00, 87.01, 89.30}},
    Published{
        "gpuspec10", {86.26, 90.17, 92.24, 93.10, 94.66}, {87.43, 90.39, 92.46, 93.30, 94.95}},
    Published{
        "gpuspec25", {85.42, 85.44, 86.77, 85.67, 93.91}, {86.94, 89.63, 92.98, 93.23, 94.74}},
    Published{
        "multigpu20", {86.92, 91.85, 93.50, 93.73, 95.53}, {88.69, 92.06, 93.71, 93.93, 95.65}},
    Published{
        "multigpu40", {85.38, 94.04, 95.59, 95.10, 96.91}, {90.09, 94.19, 95.74, 95.23, 96.99}},
};

std::string scenario_of(const std::string& data, const std::string& trace, std::uint64_t seed) {
  return "{seed: " + std::to_string(seed) + ", cpu_unit: thousandth, usual_work: told,\n" +
         " sites: [{name: openb, node_list: {shuffled: true, file: " + data +
         "/alibaba_openb/openb_node_list_gpu_node.csv}}],\n" +
         " workload: {patience: 0s, trace: {fill: 1.3, file: " + data +
         "/alibaba_openb/openb_pod_list_" + trace + ".csv}}}";
}

model::Policy policy_of(PlacingRule rule) {
  model::Policy policy;
  policy.order = model::OrderRule::arrival;
  policy.backfill = model::BackfillRule::none;
  policy.placing = rule;
  return policy;
}

std::vector<std::vector<std::string>> csv(const std::string& file) {
  std::vector<std::vector<std::string>> rows;
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::istringstream cells(line);
    std::vector<std::string>& row = rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
    if (!line.empty() && line.back() == ',') row.emplace_back();
  }
  return rows;
}

// One run of the authors' program, pod by pod: the same order of pods and nodes.
Section replay(const std::string& data) {
  const std::string record = data + "/alibaba_openb/replay_default_FGD_seed42/";
  Prepared prepared = prepare(scenario_of(data, "default", 42));
  prepared.scenario.policy = policy_of(PlacingRule::fragmentation);
  twin::NodeListForm& list = *prepared.scenario.sites.front().node_list;
  list.shuffled = false;
  std::map<std::string, twin::traces::TraceNode> by_name;
  for (const auto& node : list.nodes) by_name[node.name] = node;
  std::vector<std::string> nodes;
  list.nodes.clear();
  for (const auto& row : csv(record + "node_order.csv")) {
    nodes.push_back(row[1]);
    list.nodes.push_back(by_name.at(row[1]));
  }
  // A pod's number is that in its name, so that the order is the recorded one.
  twin::Scenario plain = prepared.scenario;
  plain.workload.trace->fill.reset();
  std::map<std::uint64_t, twin::TraceJob> pods;
  const auto recorded = twin::load_work(plain);
  for (const twin::TraceJob& job : recorded->jobs.jobs) pods[job.number] = job;
  prepared.work = recorded->jobs;
  prepared.work.jobs.clear();
  std::vector<std::string> expected;
  const std::string prefix = "openb-pod-";
  for (const auto& row : csv(record + "pod_sequence_and_placement.csv")) {
    twin::TraceJob job = pods.at(std::stoull(row[1].substr(prefix.size())));
    job.submit = std::chrono::seconds(expected.size());
    job.run_time_known = false;
    prepared.work.jobs.push_back(job);
    expected.push_back(row[3]);
  }
  std::vector<std::string> placed(expected.size());
  std::int64_t given = 0;
  std::uint64_t first = 0;
  twin::TrialHooks hooks;
  hooks.fingerprint = false;
  hooks.step = [&](base::Time, const model::Input&, const engine::Step& step,
                   const engine::Engine&) {
    for (const model::Fact& fact : step.facts) {
      if (const auto* job = std::get_if<model::JobSubmitted>(&fact); job != nullptr && first == 0) {
        first = job->job.value;
      }
      const auto* const place = std::get_if<model::TaskPlaced>(&fact);
      if (place == nullptr) continue;
      const model::RankPlacement& rank = place->ranks.front();
      placed[place->attempt.job.value - first] = nodes[rank.node];
      given += static_cast<std::int64_t>(rank.devices.size()) * rank.device_milli;
    }
  };
  (void)twin::run_trial(prepared.scenario, prepared.work, hooks);
  std::size_t same = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) same += placed[i] == expected[i] ? 1 : 0;
  Section section;
  section.title = "FGD: one run of its authors' program, pod by pod";
  section.text = {
      "The recorded order of pods and of nodes (seed 42, trace `default`), placed by the engine's "
      "rule `fragmentation`: " +
      std::to_string(same) + " of " + std::to_string(expected.size()) +
      " pods come to the same node (or, as there, to none), and " + std::to_string(given) +
      " thousandths of devices are given away; there it were 5919410."};
  section.figures = {
      at_least("fgd_replay_same_node",
               100.0 * static_cast<double>(same) / static_cast<double>(expected.size()), "percent",
               99.9),
      near("fgd_replay_total", static_cast<double>(given), "thousandths", 5'919'410, 0)};
  return section;
}

}  // namespace

void fragmentation_rows(const std::string& data, std::uint64_t first_seed, int seeds, Page& page) {
  page.add(replay(data));
  using OfTrace = std::array<Run, methods.size()>;
  std::vector<std::vector<OfTrace>> runs(published.size(),
                                         std::vector<OfTrace>(static_cast<std::size_t>(seeds)));
  std::vector<std::function<void()>> work;
  for (std::size_t trace = 0; trace < published.size(); ++trace) {
    for (std::size_t seed = 0; seed < runs[trace].size(); ++seed) {
      work.emplace_back([&, trace, seed] {
        Prepared prepared = prepare(scenario_of(data, published[trace].trace, first_seed + seed));
        OfTrace& of_seed = runs[trace][seed];
        for (std::size_t i = 0; i < methods.size(); ++i) {
          of_seed[i] = run(prepared, policy_of(methods[i].rule));
        }
      });
    }
  }
  do_all(work);

  const auto mean = [&](std::size_t trace, std::size_t method, std::size_t load,
                        double Load::* what) {
    double sum = 0;
    for (const OfTrace& of_seed : runs[trace]) sum += of_seed[method].at[load].*what;
    return sum / seeds;
  };
  Section table;
  table.title = "FGD's allocation table: Alibaba's cluster of 2023, nine workloads";
  table.text = {
      "1,213 nodes, 6,212 devices; pods in random order until they have asked for 130% of the "
      "devices; none leaves, and what does not fit is dropped. Devices given away in percent, when "
      "100% / 130% were asked for; mean of " +
          std::to_string(seeds) + " seeds from " + std::to_string(first_seed) +
          " on. In each cell: published, measured.",
      "All columns are the engine under another `placing`: `random`, `dot_product`, "
      "`device_packing`, `best_fit`, `fragmentation`, and Weir's `scarcity`. What is usual is told "
      "in advance to the last two, as FGD's authors do. Departures: other generators of random "
      "numbers, so that the means are compared; processors count in thousandths."};
  table.head = {"trace"};
  for (const Method& method : methods) table.head.emplace_back(method.name);
  std::vector<Judged> cells;
  double fgd_sum = 0;
  double weir_sum = 0;
  Section fragments;
  fragments.title = "Devices that are idle and of no use to a usual request";
  fragments.text = {
      "Percent of all devices, at 90 / 100 / 110 / 130% asked for. Published for "
      "`default`: FGD 5.00 / 4.73 / 4.66 / 4.57, BestFit 7.41 / 7.06 / 6.98 / 6.85, "
      "Random 14.48 / 13.49 / 12.97 / 12.43."};
  fragments.head = {"trace", "Random", "BestFit", "FGD", "Weir"};
  std::vector<Judged> against;
  for (std::size_t trace = 0; trace < published.size(); ++trace) {
    const Published& row = published[trace];
    std::vector<std::string> line{row.trace};
    for (std::size_t i = 0; i < methods.size(); ++i) {
      const double at_100 = mean(trace, i, 1, &Load::allocated);
      const double at_130 = mean(trace, i, 3, &Load::allocated);
      const std::string measured = digits(at_100, 2) + " / " + digits(at_130, 2);
      if (i >= row.at_100.size()) {
        line.push_back(measured);
        continue;
      }
      line.push_back(digits(row.at_100[i], 2) + " / " + digits(row.at_130[i], 2) + "; " + measured);
      const std::string name = std::string("fgd_") + row.trace + "_" + methods[i].name;
      cells.push_back(near(name + "_100", at_100, "percent", row.at_100[i], 0.4));
      cells.push_back(near(name + "_130", at_130, "percent", row.at_130[i], 0.4));
    }
    table.rows.push_back(std::move(line));
    const double gain_100 =
        mean(trace, weir, 1, &Load::allocated) - mean(trace, fgd, 1, &Load::allocated);
    const double gain_130 =
        mean(trace, weir, 3, &Load::allocated) - mean(trace, fgd, 3, &Load::allocated);
    fgd_sum += mean(trace, fgd, 1, &Load::allocated);
    weir_sum += mean(trace, weir, 1, &Load::allocated);
    const std::string name = std::string("weir_over_fgd_") + row.trace;
    against.push_back(at_least(name + "_100", gain_100, "points", 0));
    against.push_back(at_least(name + "_130", gain_130, "points", 0));
    against.push_back(
        at_most(std::string("weir_fragmented_of_fgd_") + row.trace,
                mean(trace, weir, 1, &Load::fragmented) / mean(trace, fgd, 1, &Load::fragmented),
                "of_it", 1));
    std::vector<std::string> shares{row.trace};
    for (const std::size_t method : {std::size_t{0}, std::size_t{3}, fgd, weir}) {
      std::string cell;
      for (std::size_t load = 0; load < loads.size(); ++load) {
        cell += (load == 0 ? "" : " / ") + digits(mean(trace, method, load, &Load::fragmented), 2);
      }
      shares.push_back(cell);
    }
    fragments.rows.push_back(std::move(shares));
  }
  table.figures = std::move(cells);
  table.figures.push_back(at_least("weir_over_fgd_mean_100",
                                   (weir_sum - fgd_sum) / static_cast<double>(published.size()),
                                   "points", 0.001));
  fragments.figures = std::move(against);
  page.add(std::move(table));
  page.add(std::move(fragments));
}

}  // namespace weir::tables
