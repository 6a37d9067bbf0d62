#include "twin/trial.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "allocation/allocator.h"
#include "base/check.h"
#include "flow/energy.h"
#include "schedule/usual_work.h"
#include "twin/filling.h"
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
  }
  base::Random workload;
  base::Random faults;
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
    if (workload.throughputs.rates.empty()) return arrivals.run_time(key.job);
    return arrivals.run_time_on(key.job, devices_of(running->engine().state(), key));
  };
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
  model::Footprint footprint{0, 0, 0};
  std::uint64_t steps = 0;
  constexpr std::uint64_t steps_between = 4096;
  simulation.watch([&](base::Time now, const model::Input& input, const engine::Step& step) {
    record.take(now, step.facts);
    for (const model::Fact& fact : step.facts) {
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
  if (scenario.power) simulation.tell(power);
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
  if (scenario.power) figures.footprint = footprint;
  add_fault_counts(figures, simulation);
  return figures;
}

}  // namespace weir::twin
