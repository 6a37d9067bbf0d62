#include "twin/trial.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "allocation/allocator.h"
#include "base/check.h"
#include "flow/energy.h"
#include "schedule/preempt.h"
#include "schedule/usual_work.h"
#include "twin/filling.h"
#include "twin/power_watch.h"
#include "twin/simulation.h"
#include "twin/throughput_file.h"
#include "twin/traces/read_trace.h"
#include "twin/turns.h"

namespace weir::twin {

namespace {

// The generators of a scenario, each from its seed, so that none moves another.
struct Generators {
  explicit Generators(std::uint64_t seed) {
    base::Random root{seed};
    workload = root.fork();
    faults = root.fork();
    data = root.fork();
  }
  base::Random workload;
  base::Random faults;
  base::Random data;
};

bool limits_end_work(const Scenario& scenario) {
  const TimeLimits usual = scenario.workload.trace ? TimeLimits::advisory : TimeLimits::enforced;
  return scenario.time_limits.value_or(usual) == TimeLimits::enforced;
}

// The devices that an attempt holds, together.
schedule::DeviceGroup devices_of(const engine::State& state, const model::AttemptKey& key) {
  schedule::DeviceGroup group{"", 0};
  const engine::JobRecord& job = state.jobs.at(key.job);
  for (const engine::RunningAttempt& run : job.running) {
    if (run.key != key) continue;
    const engine::SiteRecord& site = state.sites.at(run.site);
    for (const model::RankPlacement& rank : run.ranks) {
      group.devices += static_cast<std::uint32_t>(rank.devices.size());
      if (rank.devices.empty()) continue;
      group.model = site.nodes[rank.node].devices[rank.devices.front()].model;
    }
  }
  return group;
}

// How much longer a gang takes where it stands, in percent of what it takes under one switch: its
// ranks wait for each other across links that many share.
std::uint32_t crossing_percent(const engine::State& state, const std::vector<SiteModel>& sites,
                               const model::AttemptKey& key) {
  const engine::JobRecord& job = state.jobs.at(key.job);
  for (const engine::RunningAttempt& run : job.running) {
    if (run.key != key || run.ranks.size() < 2) continue;
    const std::string& name = state.sites.at(run.site).name;
    const auto site = std::find_if(sites.begin(), sites.end(),
                                   [&](const SiteModel& model) { return model.name == name; });
    if (site == sites.end() || site->crossings.empty()) return 0;
    const std::uint32_t first = run.ranks.front().node;
    const std::vector<std::string>& at = site->nodes[first].topology;
    bool leaves = false;
    bool pods = false;
    for (const model::RankPlacement& rank : run.ranks) {
      const std::vector<std::string>& path = site->nodes[rank.node].topology;
      leaves = leaves || path != at;
      pods = pods || (path.size() > 1 && at.size() > 1 && path.front() != at.front());
    }
    const SiteModel::Crossing& crossing = site->crossings[first];
    return pods ? std::max(crossing.pod_percent, crossing.leaf_percent)
                : (leaves ? crossing.leaf_percent : 0);
  }
  return 0;
}

// What the engine is told of links and data; a Weir without that flow is told nothing.
void tell_data(Simulation& simulation, const Scenario& scenario, const Workload& workload,
               const model::Principal& planner) {
  if (!scenario.network) return;
  const auto linked = simulation.give(model::SetNetwork{planner, scenario.network->told});
  WEIR_CHECK(!linked.error, "the network was checked when it was read");
  if (!workload.tells_data) return;
  std::vector<std::string> tenants = workload.tenants;
  if (tenants.empty()) tenants.emplace_back("default");
  for (const std::string& tenant : tenants) {
    for (const TraceDataset& told : workload.datasets) {
      model::Dataset dataset;
      dataset.name = told.name;
      dataset.version = 1;
      dataset.bytes = told.bytes;
      dataset.labels.sensitivity = model::Sensitivity::open;
      dataset.replicas.push_back({workload.homes[told.home], "/data", {}, {}});
      const auto put = simulation.give(
          model::PutDataset{{tenant, "twin", model::Role::operator_}, std::move(dataset)});
      WEIR_CHECK(!put.error, "a dataset that was drawn is one");
    }
  }
}

const SiteModel& model_of(const engine::State& state, model::SiteId site,
                          const std::vector<SiteModel>& models) {
  const std::string& name = state.sites.at(site).name;
  const auto at = std::find_if(models.begin(), models.end(),
                               [&](const SiteModel& model) { return model.name == name; });
  WEIR_CHECK(at != models.end(), "work runs on a site of the scenario");
  return *at;
}

// What is left to run of work that was paused, from its checkpoint on: where it is told before it
// writes a last one, and so has done all until then; else up to the last that was due.
base::Duration left_of(base::Duration whole, const engine::State& state,
                       const model::AttemptKey& key, const std::vector<SiteModel>& models) {
  const engine::JobRecord& job = state.jobs.at(key.job);
  if (!job.checkpoint_every || job.array.is_array()) return whole;
  base::Duration done{};
  for (const engine::EndedAttempt& ended : job.ended) {
    const engine::RunningAttempt& run = ended.run;
    if (ended.outcome.reason != model::Reason::paused_for_power || !run.started) continue;
    const base::Duration stopped = model_of(state, run.site, models).stop_latency;
    const base::Duration ran = std::max(ended.ended - *run.started - stopped, base::Duration(0));
    const bool told = job.notice > base::Duration(0);
    done += told ? ran : ran - schedule::time_lost(ran, job.checkpoint_every);
  }
  if (done == base::Duration(0)) return whole;
  const auto run = std::find_if(job.running.begin(), job.running.end(),
                                [&](const auto& each) { return each.key == key; });
  WEIR_CHECK(run != job.running.end(), "whoever begins runs");
  return std::max(whole - done, base::Duration(0)) +
         model_of(state, run->site, models).restart_latency;
}

// A Weir comes up: control plane, policy, sites.
void set_up(Simulation& simulation, const Scenario& scenario, const Workload& workload,
            const std::vector<SiteModel>& sites, const Arrivals& arrivals) {
  (void)simulation.give(model::StartControlPlane{"twin"});
  const model::Principal planner{"operator", "twin", model::Role::operator_};
  model::Policy policy = scenario.policy;
  if (auto usual = arrivals.usual(schedule::usual_percent(policy.placing)); !usual.empty())
    policy.usual = std::move(usual);
  const auto set = simulation.give(model::SetPolicy{planner, policy});
  WEIR_CHECK(!set.error, "what is usual was counted");
  if (!workload.throughputs.rates.empty()) {
    const auto reply = simulation.give(
        model::SetThroughputs{planner, workload.told_throughputs.value_or(workload.throughputs)});
    WEIR_CHECK(!reply.error, "the table was checked when it was read");
  }
  for (const SiteModel& site : sites) simulation.join(site);
  tell_data(simulation, scenario, workload, planner);
}

void add_fault_counts(Figures& figures, const Simulation& simulation) {
  for (std::size_t i = 0; i < figures.sites.size(); ++i) {
    const Site& site = *simulation.sites()[i];
    figures.sites[i].attempts_lost = site.attempts_lost();
    figures.sites[i].site_faults = site.silences();
    figures.sites[i].node_faults = site.node_faults();
  }
}

// Users of several tenants stay apart by their names.
void make_one_tenant(Workload& work) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> users;
  std::vector<std::string> names;
  for (TraceJob& job : work.jobs) {
    const auto [user, fresh] =
        users.try_emplace({job.tenant, job.user}, static_cast<std::uint32_t>(names.size()));
    if (fresh) {
      const auto name = [](const std::vector<std::string>& all, std::uint32_t index) {
        return index < all.size() ? all[index] : std::string();
      };
      names.push_back(name(work.tenants, job.tenant) + "." + name(work.users, job.user));
    }
    job.tenant = 0;
    job.user = user->second;
  }
  work.tenants = {"default"};
  work.users = std::move(names);
}

// Says for each job's user how long it may run.
void estimate(Estimates estimates, std::uint64_t seed, Workload& work) {
  if (estimates == Estimates::recorded) return;
  base::Random random{seed};
  for (TraceJob& job : work.jobs) {
    const double part = static_cast<double>(random.next() >> 11U) * 0x1p-53;
    const double factor = estimates == Estimates::exact ? 1.0 : std::pow(9.0, part) / 3.0;
    job.told_part = factor;
    if (!job.run_time_known) continue;
    const auto us = std::llround(static_cast<double>(job.run_time.count()) * factor);
    job.time_limit = base::Duration(std::max<std::int64_t>(us, 1'000'000));
  }
}

// Of a trace's own times nothing is left.
base::Status fill(const Scenario& scenario, double times, Workload& work) {
  std::int64_t devices = 0;
  for (const SiteModel& site : site_models(scenario)) {
    for (const model::Node& node : site.nodes) {
      devices += static_cast<std::int64_t>(node.devices.size());
    }
  }
  const auto asks = [](const TraceJob& job) { return job.devices_milli > 0; };
  if (devices == 0 || std::none_of(work.jobs.begin(), work.jobs.end(), asks)) {
    return base::fail(base::ErrorCode::invalid,
                      devices == 0 ? "there are no devices to fill" : "no job asks for devices",
                      "workload.trace.fill");
  }
  const double wanted = times * static_cast<double>(devices) * model::whole_device_milli;
  work = filled(std::move(work), std::llround(wanted), Generators(scenario.seed).workload);
  return {};
}

}  // namespace

base::Result<LoadedWork> load_work(const Scenario& scenario) {
  LoadedWork work;
  if (scenario.workload.trace) {
    const TraceForm& trace = *scenario.workload.trace;
    traces::TraceOptions options;
    options.processors = trace.processors;
    options.run_time = trace.run_time;
    options.units_per_node = trace.units_per_node;
    options.jobs_per_hour = trace.jobs_per_hour;
    traces::TraceReading reading = WEIR_TRY(traces::read_trace(trace.kind, trace.file, options));
    work.jobs = std::move(reading.workload);
    work.report = std::move(reading.report);
    if (trace.one_tenant) make_one_tenant(work.jobs);
    estimate(trace.estimates, scenario.seed, work.jobs);
    if (scenario.usual_work == UsualSource::told) work.jobs.usual = usual_rows(work.jobs);
    if (trace.jobs && *trace.jobs < work.jobs.jobs.size()) work.jobs.jobs.resize(*trace.jobs);
    if (trace.fill) WEIR_TRY_STATUS(fill(scenario, *trace.fill, work.jobs));
  } else {
    work.jobs = make_workload(*scenario.workload.synthetic, Generators(scenario.seed).workload);
  }
  if (const auto& known = scenario.throughput) {
    work.jobs.throughputs = known->file.empty() ? model::ThroughputTable{known->rates}
                                                : WEIR_TRY(read_throughput_file(known->file));
  }
  work.jobs.cpus_in_thousandths = scenario.cpu_unit == CpuUnit::thousandth;
  work.jobs.patience = scenario.workload.patience;
  work.jobs.checkpoints = scenario.workload.checkpoint_every;
  work.jobs.checkpoint_percent = scenario.workload.checkpoint_percent;
  work.jobs.objective = scenario.workload.objective.weights;
  work.jobs.max_delay = scenario.workload.max_delay;
  if (const auto& datasets = scenario.workload.datasets) {
    std::vector<std::string> names;
    for (const SiteForm& site : scenario.sites) names.push_back(site.name);
    draw_datasets(*datasets, names, Generators(scenario.seed).data, work.jobs);
    work.jobs.stays_home = scenario.workload.stays_home;
    work.jobs.tells_data = scenario.policy.flows.data && scenario.network;
  }
  work.jobs.pausable = scenario.workload.pausable;
  work.jobs.deadline_times = scenario.workload.deadline_times;
  return work;
}

Figures run_trial(const Scenario& scenario, const Workload& workload, const TrialHooks& hooks) {
  const std::vector<SiteModel> sites = site_models(scenario);
  Arrivals arrivals(workload, sites, scenario.start);
  Record record(sites, scenario.start, [&](const JobOutcome& job) {
    if (hooks.job) hooks.job(job, arrivals.trace_job(job.job));
  });
  SiteRules rules;
  const Simulation* running = nullptr;
  rules.run_times = [&](const model::AttemptKey& key) {
    const engine::State& state = running->engine().state();
    auto whole = workload.throughputs.rates.empty()
                     ? arrivals.run_time(key.job)
                     : arrivals.run_time_on(key.job, devices_of(state, key));
    if (whole) *whole += *whole / 100 * crossing_percent(state, sites, key);
    return whole ? std::optional(left_of(*whole, state, key, sites)) : whole;
  };
  rules.tells_topology = scenario.policy.flows.network;
  WideNet net(scenario.network ? scenario.network->told : model::NetworkTable{});
  Fetching fetching(workload, arrivals, workload.homes, net);
  const bool fetches = scenario.network && !workload.tells_data;
  if (fetches) {
    rules.fetch = [&](std::uint32_t site, const model::AttemptKey& key, base::Time now) {
      return fetching.begin(site, key, now);
    };
  }
  if (scenario.policy.rounds) {
    rules.turns = [&](const model::AttemptKey& key, base::Time from, base::Time rests_at) {
      return turn_of(arrivals, running->engine(), key, from, rests_at);
    };
  }
  rules.limits_end_work = limits_end_work(scenario);
  Simulation simulation({}, scenario.start, rules);
  running = &simulation;
  allocation::Allocator allocator(workload.told_throughputs.value_or(workload.throughputs),
                                  scenario.seed);
  simulation.share_out(
      [&](const model::SharesQuestion& question) { return allocator.share_out(question); });
  PowerWatch power_watch(scenario.start);
  model::Footprint footprint{0, 0, 0};
  DataFigures data;
  std::vector<base::Duration> staged;
  std::map<model::JobId, base::Time> staging;  // since when
  std::uint64_t steps = 0;
  constexpr std::uint64_t steps_between = 4096;
  simulation.watch([&](base::Time now, const model::Input& input, const engine::Step& step) {
    record.take(now, step.facts);
    if (scenario.power) power_watch.take(now, step, simulation.engine());
    for (const model::Fact& fact : step.facts) {
      if (const auto* planned = std::get_if<model::TransferPlanned>(&fact)) {
        data.micro_cny += planned->transfer.micro_cny;
      }
      if (const auto* const directed = std::get_if<model::JobDirected>(&fact)) {
        const auto since = staging.find(directed->job);
        if (directed->staging) {
          staging.emplace(directed->job, now);
        } else if (since != staging.end()) {
          staged.push_back(now - since->second);
          staging.erase(since);
        }
      }
      const auto* const ended = scenario.power ? std::get_if<model::JobEnded>(&fact) : nullptr;
      if (ended == nullptr) continue;
      const auto& used = simulation.engine().state().jobs.at(ended->job).footprint;
      if (used) footprint = flow::sum_of(footprint, *used);
    }
    if (hooks.step) hooks.step(now, input, step, simulation.engine());
    if (hooks.enough && hooks.enough()) simulation.stop();
    if (hooks.progress && ++steps % steps_between == 0) {
      hooks.progress(record.ended() + arrivals.refused(), workload.jobs.size());
    }
  });
  if (hooks.row) simulation.watch_rows(hooks.row);
  if (hooks.before_step) simulation.watch_before(hooks.before_step);
  if (!hooks.fingerprint) simulation.keep_no_rows();
  PowerFeed power(scenario.power.value_or(PowerForm{}), scenario.start);
  if (scenario.power) {
    simulation.tell(power);
    simulation.ask_for_power(scenario.power->requests, scenario.start);
  }
  if (scenario.network) simulation.connect(net, fetches ? &fetching : nullptr);
  set_up(simulation, scenario, workload, sites, arrivals);
  Faults faults(scenario.faults, sites, Generators(scenario.seed).faults);
  simulation.feed(arrivals);
  simulation.break_with(faults, scenario.faults.site_fault);
  simulation.run_until(scenario.horizon ? scenario.start + *scenario.horizon : base::Time::max());
  simulation.settle();

  if (hooks.job) {
    for (const JobOutcome& job : record.jobs()) {
      if (!job.ended) hooks.job(job, arrivals.trace_job(job.job));
    }
  }
  Figures figures = record.figures(simulation.now());
  figures.scenario = scenario.name;
  figures.seed = scenario.seed;
  figures.policy = scenario.policy;
  figures.fingerprint = simulation.fingerprint();
  figures.jobs.refused = arrivals.refused();
  figures.engine_steps = simulation.steps();
  if (scenario.power) {
    figures.footprint = footprint;
    figures.power = power_watch.figures(simulation.now(), simulation.engine());
  }
  if (scenario.network && !workload.datasets.empty()) {
    data.wan_bytes = simulation.bytes_moved() + fetching.bytes();
    data.micro_cny += fetching.micro_cny();
    data.transfers = simulation.transfers() + fetching.flows();
    data.staging = spread_of(staged);
    data.fetching = spread_of(fetching.waits());
    figures.data = data;
  }
  add_fault_counts(figures, simulation);
  return figures;
}

}  // namespace weir::twin
