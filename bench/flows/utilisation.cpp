// More work than devices: one pool of eight hubs against eight islands, on recorded arrivals.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "base/random.h"
#include "bench/flows/hubs.h"
#include "bench/flows/utilisation_outcome.h"

namespace weir::flows {

namespace {

constexpr int devices_of_node = 8;

struct Trace {
  std::string name;
  std::string yaml;    // of its workload, without braces
  bool turns = false;  // its work writes checkpoints, and so takes turns
  bool deep = false;   // enough of it to say what a long queue costs
};

struct Load {
  const char* name;
  double demand = 1;  // what is asked for while work arrives, for each device there is
};
constexpr double base_demand = 1.2;
constexpr std::array<Load, 4> loads{{{"0.25x", 0.25}, {"1.2x", 1.2}, {"2x", 2}, {"200x", 200}}};
constexpr std::size_t first_load = 1;  // that the others are held against
constexpr std::size_t last_load = 3;

// ---- the work, and where its home is

std::int64_t devices_of(const twin::TraceJob& job) {
  return std::int64_t{job.nodes} * job.devices_milli / 1000;
}

double device_hours(const twin::Workload& work) {
  double hours = 0;
  for (const twin::TraceJob& job : work.jobs) {
    hours +=
        static_cast<double>(job.run_time.count()) / 3.6e9 * static_cast<double>(devices_of(job));
  }
  return hours;
}

// So many nodes are asked for by 1.2 times their devices, at the trace's own arrivals.
std::int64_t nodes_for(const twin::Workload& work) {
  const Duration arrivals = work.jobs.back().submit - work.jobs.front().submit;
  const double hours = static_cast<double>(arrivals.count()) / 3.6e9;
  return std::llround(device_hours(work) / hours / base_demand / devices_of_node);
}

// The same jobs, all the closer together.
twin::Workload at_load(twin::Workload work, const Load& load) {
  const Duration first = work.jobs.front().submit;
  for (twin::TraceJob& job : work.jobs) {
    const auto since = static_cast<double>((job.submit - first).count());
    job.submit = Duration(std::llround(since * base_demand / load.demand));
  }
  return work;
}

// The home of each job, drawn by the weights of the hubs on which it fits; where it fits on none,
// the first.
std::vector<std::size_t> homes_of(const twin::Workload& work,
                                  const std::vector<std::int64_t>& nodes,
                                  const std::vector<std::int64_t>& weights) {
  std::vector<std::size_t> homes;
  base::Random random{1};
  for (const twin::TraceJob& job : work.jobs) {
    std::int64_t all = 0;
    const auto weight = [&](std::size_t hub) {
      return devices_of(job) <= nodes[hub] * devices_of_node ? weights[hub] : 0;
    };
    for (std::size_t hub = 0; hub < nodes.size(); ++hub) all += weight(hub);
    std::size_t home = 0;
    if (all > 0) {
      auto left = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(all)));
      while (left >= weight(home)) left -= weight(home++);
    }
    homes.push_back(home);
  }
  return homes;
}

// ---- runs

twin::Scenario scenario_of(const twin::Scenario& base, const std::vector<Hub>& hubs,
                           const std::vector<std::int64_t>& nodes, std::size_t first,
                           std::size_t count) {
  twin::Scenario scenario = base;
  const twin::SiteForm model = base.sites.front();
  scenario.sites.clear();
  for (std::size_t hub = first; hub < first + count; ++hub) {
    twin::SiteForm& site = scenario.sites.emplace_back(model);
    site.name = hubs[hub].site;
    site.start_latency = start_latency;
    site.pools.front().count = static_cast<std::uint32_t>(nodes[hub]);
  }
  return scenario;
}

twin::Workload of_home(const twin::Workload& work, const std::vector<std::size_t>& homes,
                       std::size_t hub) {
  twin::Workload own = work;
  own.jobs.clear();
  for (std::size_t i = 0; i < work.jobs.size(); ++i) {
    if (homes[i] == hub) own.jobs.push_back(work.jobs[i]);
  }
  return own;
}

Measured sum_of(std::vector<Measured> islands) {
  Measured all;
  for (Measured& island : islands) {
    all.jobs.insert(all.jobs.end(), island.jobs.begin(), island.jobs.end());
    all.held.insert(all.held.end(), island.held.begin(), island.held.end());
    all.refused += island.refused;
    all.devices += island.devices;
    all.busy_hours += island.busy_hours;
  }
  return all;
}

// ---- the page

std::string hours_text(Duration time) { return digits(hours_of(time), 2); }
std::string percent_text(double share) { return digits(100 * share, 2); }

std::vector<std::string> row_of(const std::string& load, const std::string& how,
                                const Outcome& outcome) {
  return {load,
          how,
          outcome.demand_hours > 0 ? percent_text(outcome.allocated_under_demand) : "-",
          percent_text(outcome.allocated),
          percent_text(outcome.busy),
          percent_text(outcome.work),
          hours_text(outcome.wait.mean_s) + " / " + hours_text(outcome.wait.p99_s),
          hours_text(outcome.completion.mean_s) + " / " + hours_text(outcome.completion.p99_s),
          std::to_string(outcome.refused)};
}

// What the pool is worth at a load, and where it is worth nothing.
std::string in_words(const std::string& load, const Outcome& pool, const Outcome& islands) {
  const double ratio = hours_of(pool.completion.mean_s) / hours_of(islands.completion.mean_s);
  const double points = 100 * (pool.allocated - islands.allocated);
  return "`" + load + "`: over the whole run the pool holds " + digits(std::abs(points), 2) +
         " points " + (points < 0 ? "less" : "more") +
         " of the devices than islands, and jobs are " +
         (ratio < 1 ? "done" : "not done sooner: they are done") + " in " + digits(ratio, 3) +
         " of the time on the mean.";
}

void judge_turns(const std::string& name, const Outcome& pool, const Outcome& islands,
                 Section& section) {
  const auto hold = [&](const char* what, Duration own, Duration theirs) {
    section.figures.push_back(
        at_most(name + what, hours_of(own) / hours_of(theirs), "of_theirs", 1));
  };
  hold("completion_of_islands", pool.completion.mean_s, islands.completion.mean_s);
  hold("p99_completion_of_islands", pool.completion.p99_s, islands.completion.p99_s);
}

// Who goes first, what was promised, and what was foreseen.
void judge_starts(const std::string& name, const Measured& pool, std::int64_t ageing,
                  Section& section) {
  const auto kept = [](const std::vector<Told>& told) {
    const auto good = std::count_if(told.begin(), told.end(),
                                    [](const Told& each) { return each.came <= each.start; });
    return told.empty() ? 100.0
                        : 100 * static_cast<double>(good) / static_cast<double>(told.size());
  };
  const auto longest =
      std::max_element(pool.jobs.begin(), pool.jobs.end(),
                       [](const Placed& a, const Placed& b) { return a.length < b.length; });
  section.figures.push_back(at_most(
      name + "first_in_turn_of_longest_job",
      hours_of(longest_first_in_turn(pool.jobs, ageing)) / hours_of(longest->length), "of_it", 1));
  section.figures.push_back(at_least(name + "promises_kept", kept(pool.promises), "percent", 100));
  section.text.push_back(
      "`" + name.substr(0, name.size() - 1) + "`: " + std::to_string(pool.promises.size()) +
      " jobs were promised a start; " + digits(kept(pool.promises), 2) +
      "% began no later. Of the first thousand that wait, " +
      std::to_string(pool.forecasts.size()) + " drawn ones were told an expected start; " +
      digits(kept(pool.forecasts), 1) + "% of them began no later.");
}

// What a deep queue costs.
void judge_depth(const Trace& trace, const std::array<Measured, loads.size()>& pools,
                 Section& section) {
  const Measured& shallow = pools[first_load];
  const Measured& deep = pools[last_load];
  const auto per_job = [](const Measured& run) {
    return static_cast<double>(run.peak_bytes) / static_cast<double>(run.jobs.size());
  };
  std::string text = trace.name + ": steps of the engine, P50 / P99 in microseconds of one core:";
  for (std::size_t i = 0; i < loads.size(); ++i) {
    text += std::string(i == 0 ? " " : ", ") + loads[i].name + " " +
            digits(percentile(pools[i].step_us, 50), 1) + " / " +
            digits(percentile(pools[i].step_us, 99), 1) + " (" +
            std::to_string(pools[i].step_us.size()) + " steps, " + digits(pools[i].cpu_seconds, 1) +
            " s in all, " + digits(static_cast<double>(pools[i].peak_bytes) / 1e6, 0) +
            " MB at most)";
  }
  section.text.push_back(text + ".");
  if (!trace.deep) return;
  const std::string figure = "utilisation_" + trace.name + "_200x_";
  const auto ratio = [&](double percent) {
    return percentile(deep.step_us, percent) / percentile(shallow.step_us, percent);
  };
  section.figures.push_back(at_most(figure + "step_p50", ratio(50), "of_1.2x", 1.5));
  section.figures.push_back(at_most(figure + "step_p99", ratio(99), "of_1.2x", 1.5));
  section.figures.push_back(
      at_most(figure + "memory_per_job", per_job(deep) / per_job(shallow), "of_1.2x", 2));
}

struct Runs {
  Trace trace;
  std::vector<std::int64_t> nodes;
  bench::Prepared prepared;
  std::array<Measured, loads.size()> pools;
  std::array<std::vector<Measured>, loads.size()> islands;  // homes as the devices lie
  std::vector<Measured> skewed;                             // homes in the east, at 1.2x
};

std::function<void()> island_run(const Runs& runs, const std::vector<Hub>& hubs, const Load& load,
                                 std::size_t hub, const std::vector<std::int64_t>& weights,
                                 Measured& to) {
  return [&runs, &hubs, &load, hub, weights, &to] {
    const auto homes = homes_of(runs.prepared.work, runs.nodes, weights);
    const auto work = at_load(runs.prepared.work, load);
    to = measure(scenario_of(runs.prepared.scenario, hubs, runs.nodes, hub, 1),
                 of_home(work, homes, hub));
  };
}

void run_all(const std::vector<Hub>& hubs, Runs& runs) {
  for (std::size_t i = 0; i < loads.size(); ++i) {
    runs.pools[i] = measure(scenario_of(runs.prepared.scenario, hubs, runs.nodes, 0, hubs.size()),
                            at_load(runs.prepared.work, loads[i]));
  }
  std::vector<std::function<void()>> work;
  if (!runs.trace.turns) runs.skewed.resize(hubs.size());
  std::vector<std::int64_t> weights;
  for (const Hub& hub : hubs) weights.push_back(hub.weight);
  for (std::size_t hub = 0; hub < runs.skewed.size(); ++hub) {
    work.push_back(island_run(runs, hubs, loads[first_load], hub, weights, runs.skewed[hub]));
  }
  for (std::size_t i = 0; i < loads.size(); ++i) {
    runs.islands[i].resize(hubs.size());
    for (std::size_t hub = 0; hub < hubs.size(); ++hub) {
      work.push_back(island_run(runs, hubs, loads[i], hub, runs.nodes, runs.islands[i][hub]));
    }
  }
  bench::do_all(work);
}

void judge(Runs& runs, Section& section, Page& page) {
  const std::string& name = runs.trace.name;
  Plot plot{"Waiting in one pool and on islands: " + name, "waiting, hours", "% of jobs", true, {}};
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const std::string load = loads[i].name;
    const Outcome pool = outcome_of(runs.pools[i]);
    const Measured alone = sum_of(std::move(runs.islands[i]));
    const Outcome islands = outcome_of(alone);
    section.rows.push_back(row_of(name + " " + load, "one pool", pool));
    section.rows.push_back(row_of("", "islands", islands));
    const auto waits = [](const Measured& run) {
      std::vector<double> hours;
      for (const Placed& job : run.jobs) hours.push_back(hours_of(job.placed - job.submitted));
      return hours;
    };
    if (i == first_load) {
      plot.lines.push_back(bench::distribution(load + ", one pool", waits(runs.pools[i]), 200));
      plot.lines.push_back(bench::distribution(load + ", islands", waits(alone), 200));
      if (!runs.skewed.empty()) {
        const Outcome skewed = outcome_of(sum_of(std::move(runs.skewed)));
        section.rows.push_back(row_of("", "islands, homes in the east", skewed));
      }
    }
    section.text.push_back(in_words(name + " " + load, pool, islands));
    if (loads[i].demand < 1) continue;
    const std::string figure = "utilisation_" + name + "_" + load + "_";
    section.figures.push_back(at_least(figure + "allocated_under_demand",
                                       100 * pool.allocated_under_demand, "percent", 95));
    section.figures.push_back(at_least(
        figure + "allocated_more_than_on_islands",
        100 * (pool.allocated_under_demand - islands.allocated_under_demand), "points", 0));
    if (runs.trace.turns) {
      judge_turns(figure, pool, islands, section);
    } else {
      judge_starts(figure, runs.pools[i], runs.prepared.scenario.policy.ageing, section);
    }
  }
  judge_depth(runs.trace, runs.pools, section);
  page.add(std::move(plot));
}

// The setting, for all traces.
Section setting() {
  Section section;
  section.title = "More work than devices: eight hubs as one pool, and as islands";
  section.text = {
      "Recorded arrivals on eight sites, whose nodes of 8 devices are cut as those of "
      "`examples/china-hubs` are. One kind of device, so that nothing differs but the pool. There "
      "are so many nodes that the trace, as it arrived, asks for 1.2 times their devices while it "
      "arrives; 0.25x, 2x and 200x are the same jobs on the same devices, so much slower or faster "
      "after one another.",
      "Islands: each job runs where its home is, in eight runs of the twin whose figures are put "
      "together. Homes are drawn as devices lie, among the sites on which a job fits: islands at "
      "their best. `homes in the east` draws them by the weights of the hubs, which are made up.",
      "`philly` (82,247 jobs) and `gavel` (7,000 of `continuous-multiple`, 16 an hour): whoever is "
      "placed stays until the end. `philly_turns` (the first 10,000 jobs, for the time it takes): "
      "work writes a checkpoint every half hour and takes turns, as under the policy that a new "
      "control "
      "plane begins with; to stop holds devices for 30 s more, to go on takes 60 s. Every start "
      "takes 30 s. Users say how long their jobs run, exactly; all are of one tenant.",
      "Allocated while demand > supply: devices held, over the time in which jobs that are there "
      "ask for as many devices as there are, or more. The other shares are of all devices from the "
      "first submission to the last end, a tail of few long jobs included; work is the length of "
      "jobs alone, without starts and without what was done twice. Refused: wider than any site.",
      "`first_in_turn_of_longest_job`: nobody starves beyond the order's rule if whoever is first "
      "in turn, and due, waits for work that runs already and for nothing else; that is the "
      "longest "
      "such wait, of the longest job. A promise is kept if the job is placed no later. An expected "
      "start, which `ls` shows, is no promise: shorter work that comes later may go first. Steps "
      "are timed by the processor time of their thread, with the twin's own notes of them.",
      "Where work stays, means are chance as soon as demand is above supply: a few long jobs that "
      "came first hold everything for days, and all short ones wait for them; no bar is on them. "
      "What pools save on the mean they save where work takes turns."};
  return section;
}

}  // namespace

void utilisation_rows(const std::string& data, Page& page) {
  const std::vector<Hub> hubs = read_hubs();
  const std::string philly = "file: " + data + "/philly/philly.csv";
  const std::string gavel =
      "jobs_per_hour: 16, file: " + data + "/gavel/continuous_multiple_seed0.tsv";
  const std::vector<Trace> traces{{"gavel", gavel, false, false},
                                  {"philly_turns", "jobs: 10000, " + philly, true, false},
                                  {"philly", philly, false, true}};
  page.add(setting());
  for (const Trace& trace : traces) {
    Section section;
    section.title = "Pool and islands: " + trace.name;
    section.head = {"work",
                    "sites",
                    "allocated while demand > supply, %",
                    "allocated, %",
                    "busy, %",
                    "work, %",
                    "wait mean / P99, h",
                    "completion mean / P99, h",
                    "refused"};
    Runs runs{trace,
              {},
              bench::prepare("{sites: [{name: hub, restart_latency: 60s, stop_latency: 30s, "
                             "pools: [{cpus: 64, devices: 'gpu:8'}]}], workload: {" +
                             std::string(trace.turns ? "checkpoint_every: 30m, " : "") +
                             "trace: {units_per_node: 8, one_tenant: true, estimates: exact, " +
                             trace.yaml + "}}}"),
              {},
              {},
              {}};
    runs.prepared.scenario.policy = model::weir_policy();
    for (twin::TraceJob& job : runs.prepared.work.jobs) {
      job.time_limit = job.time_limit.value_or(job.run_time) + start_latency;
    }
    runs.nodes = nodes_of(hubs, nodes_for(runs.prepared.work));
    run_all(hubs, runs);
    judge(runs, section, page);
    page.add(std::move(section));
  }
}

}  // namespace weir::flows
