#include "tests/engine/support/made_up.h"

#include <array>

#include "tests/engine/support/made_up_data.h"

namespace weir::engine::test {

using namespace model;

namespace {

const Principal bob{"lab", "bob", Role::operator_};

std::uint32_t from_1_to(base::Random& random, std::uint64_t most) {
  return static_cast<std::uint32_t>(1 + random.below(most));
}

JoinSite made_up_site(base::Random& random) {
  JoinSite join{random.chance(1, 4) ? "far" : "near", {}};
  const std::uint32_t nodes = random.chance(1, 4) ? from_1_to(random, 3) : 2;
  const bool far_apart = nodes == 3;
  const bool mixed = random.chance(1, 2);
  for (std::uint32_t i = 0; i < nodes; ++i) {
    Node& node = join.nodes.emplace_back();
    node.name = "node" + std::to_string(i);
    node.cpus = 4;
    node.memory_bytes = 1 << 30;
    node.devices.resize(2);
    for (Device& device : node.devices) device.model = "nvidia-h100";
    if (mixed) node.devices[1].model = "ascend-910b";
    if (far_apart) node.topology = {"leaf" + std::to_string(i / 2)};
  }
  return join;
}

AttemptReport made_up_report(base::Random& random, const RunningAttempt& run) {
  AttemptReport report{run.key, AttemptPhase::running, run.placed, std::nullopt, {}, 0, {}};
  if (random.chance(1, 3)) return report;
  report.phase = AttemptPhase::ended;
  Outcome& outcome = report.outcome.emplace();
  if (random.chance(2, 3)) return report;
  outcome.ending = static_cast<Ending>(1 + random.below(4));
  outcome.reason = outcome.ending == Ending::failed ? Reason::program_failed : Reason::none;
  outcome.exit_code = outcome.ending == Ending::failed ? 1 : 0;
  return report;
}

ReportSite made_up_reports(base::Random& random, const Engine& engine) {
  ReportSite report{random.chance(1, 4) ? "far" : "near", 1, 1, {}, {}};
  const auto at = engine.index().site_by_name.find(report.site);
  if (at == engine.index().site_by_name.end()) return report;
  report.epoch = engine.state().sites.at(at->second).epoch - (random.chance(1, 10) ? 1 : 0);
  report.transfers = made_up_arrivals(random, engine, at->second);
  for (const JobId job : engine.index().running_jobs) {
    for (const RunningAttempt& run : engine.state().jobs.at(job).running) {
      if (random.chance(1, 2)) report.attempts.push_back(made_up_report(random, run));
    }
  }
  return report;
}

const std::array<const char*, 3> tenants{"lab", "plant", "shop"};
const std::array<const char*, 2> names{"train", "infer"};
const std::array<const char*, 4> projects{"", "nlp", "vision", "nlp/small"};

Principal somebody(base::Random& random) {
  return {tenants.at(random.below(tenants.size())), "bob", Role::operator_};
}

// Small amounts, so that they bind.
Quota made_up_quota(base::Random& random, std::uint32_t most) {
  Quota quota;
  if (random.chance(1, 2)) quota.cpus = static_cast<std::uint32_t>(random.below(most + 1));
  if (random.chance(1, 3)) quota.devices = static_cast<std::uint32_t>(random.below(4));
  if (random.chance(1, 4)) {
    quota.devices_by_model.push_back({"nvidia-h100", static_cast<std::uint32_t>(random.below(4))});
  }
  return quota;
}

Input made_up_sharing(base::Random& random) {
  Tenant tenant;
  tenant.path = tenants.at(random.below(tenants.size()));
  const std::string project = projects.at(random.below(projects.size()));
  if (!project.empty()) tenant.path += "/" + project;
  if (random.chance(1, 5)) return RemoveTenant{bob, tenant.path};
  tenant.weight = from_1_to(random, 4);
  if (random.chance(1, 2)) tenant.limit = made_up_quota(random, 12);
  if (random.chance(1, 2)) tenant.guarantee = made_up_quota(random, 4);
  if (random.chance(1, 4)) {
    tenant.budget = Budget{static_cast<std::int64_t>(1 + random.below(2000)),
                           static_cast<Period>(random.below(3))};
  } else if (random.chance(1, 4)) {
    const std::int64_t seconds = random.chance(1, 2) ? 0 : 2000;
    tenant.budget =
        Budget{seconds, static_cast<Period>(random.below(3)), random.between(1, 3'000'000)};
  }
  return SetTenant{bob, std::move(tenant)};
}

Input made_up_steering(base::Random& random, const Engine& engine) {
  const JobId job{1 + random.below(engine.state().last_job + 1)};
  switch (random.below(5)) {
    case 0:
      return CancelJob{bob, job, false, 0};
    case 1:
      return CancelJob{bob, job, true, static_cast<std::uint32_t>(random.below(4))};
    case 2:
      return HoldJob{bob, job};
    case 3:
      return ReleaseJob{bob, job};
    default:
      return UpdateJob{bob,          job,
                       "other",      static_cast<std::int32_t>(random.below(101)),
                       std::nullopt, std::nullopt};
  }
}

}  // namespace

ThroughputTable made_up_throughputs(base::Random& random) {
  ThroughputTable table;
  for (const char* name : names) {
    for (const char* device : {"nvidia-h100", "ascend-910b"}) {
      if (random.chance(1, 4)) continue;
      table.rates.push_back({name, device, from_1_to(random, 2), random.between(1, 5) * 1'000'000,
                             static_cast<RateBasis>(random.below(2)), "", ""});
    }
  }
  return table;
}

PriceTable made_up_prices(base::Random& random) {
  PriceTable table;
  if (random.chance(1, 2)) table.cpu_hour_micro_cny = random.between(0, 1'000'000);
  for (const char* device : {"nvidia-h100", "ascend-910b"}) {
    if (random.chance(2, 3)) table.device_hours.push_back({device, random.between(0, 9'999'999)});
  }
  return table;
}

JobSpec made_up_job(base::Random& random) {
  JobSpec spec;
  spec.name = "made-up";
  spec.run = "true";
  spec.priority = static_cast<std::int32_t>(random.chance(1, 2) ? 50 : random.below(101));
  spec.nodes = random.chance(1, 4) ? 2 : 1;
  spec.options[0].cpus = from_1_to(random, 4);
  if (random.chance(1, 4)) spec.options[0].devices.push_back({"nvidia-h100", 1});
  const bool may_share = !spec.options[0].devices.empty();
  if (may_share && random.chance(1, 2)) spec.options[0].device_milli = 200 * from_1_to(random, 4);
  if (random.chance(1, 8)) {
    spec.nodes_most = spec.nodes + from_1_to(random, 2);
    spec.retry.notice_signal = 10;
    spec.retry.notice_before = std::chrono::seconds(1);
  }
  if (random.chance(1, 4)) {
    spec.array.indices.push_back({0, static_cast<std::uint32_t>(random.below(6)), 1});
    spec.array.at_once = static_cast<std::uint32_t>(random.below(3));
  }
  if (random.chance(2, 3)) spec.time_limit = std::chrono::seconds(1 + random.below(600));
  if (random.chance(1, 3)) spec.retry.events.push_back(RetryEvent::failed);
  if (random.chance(1, 4)) spec.checkpoint_every = std::chrono::seconds(1 + random.below(300));
  if (random.chance(1, 8)) spec.options[0].cpus_most = 4;
  if (random.chance(1, 4)) {
    spec.objective = {static_cast<std::uint32_t>(random.below(2) * 500),
                      static_cast<std::uint32_t>(random.below(2) * 1000), 1000};
    spec.max_delay = std::chrono::seconds(random.below(1200));
  }
  if (random.chance(1, 6)) {
    ResourceOption& other = spec.options.emplace_back();
    other.cpus = from_1_to(random, 2);
    if (random.chance(1, 2)) {
      other.devices.push_back({"nvidia-h100", 1});
      if (random.chance(1, 3)) other.device_milli = 300;
    }
  }
  if (random.chance(1, 4)) {
    // One chip or the other, at rates that may be known.
    spec.name = names.at(random.below(names.size()));
    spec.options[0].devices = {{"nvidia-h100", 1}};
    ResourceOption other = spec.options[0];
    other.devices = {{"ascend-910b", 1}};
    spec.options.push_back(std::move(other));
    spec.ordered = random.chance(1, 8);
  }
  return spec;
}

// Energy at the sites there may be, with prices and carbon that change every few minutes.
PowerTable made_up_power(base::Random& random) {
  PowerTable table;
  for (const char* const name : {"near", "far"}) {
    if (random.chance(1, 4)) continue;
    SitePower& power = table.sites.emplace_back();
    power.site = name;
    power.pue_milli = static_cast<std::uint32_t>(1000 + random.below(500));
    power.cpu_draw_mw = static_cast<std::int64_t>(random.below(20'000));
    const auto series = [&] {
      Series out;
      out.step = std::chrono::seconds(1 + random.below(300));
      for (std::uint64_t i = 0, count = 1 + random.below(6); i < count; ++i) {
        out.values.push_back(random.between(-100, 1'000'000));
      }
      out.repeats = out.step * static_cast<std::int64_t>(out.values.size());
      return out;
    };
    if (random.chance(2, 3)) power.carbon_mg_per_kwh = series();
    if (random.chance(2, 3)) power.price_micro_cny_per_kwh = series();
    if (random.chance(2, 3)) power.devices.push_back({"nvidia-h100", 700'000});
  }
  return table;
}

Policy made_up_policy(base::Random& random) {
  Policy policy;
  policy.order = static_cast<OrderRule>(random.below(5));
  policy.backfill = static_cast<BackfillRule>(random.below(3));
  policy.placing = static_cast<PlacingRule>(random.below(9));
  policy.promises_most = static_cast<std::uint32_t>(random.below(4));
  policy.choice = static_cast<ChoiceRule>(random.below(3));
  policy.ageing = static_cast<std::uint32_t>(random.chance(1, 2) ? 0 : random.below(9));
  return policy;
}

Input made_up_input(base::Random& random, const Engine& engine) {
  switch (random.below(15)) {
    case 0:
      return random.chance(1, 3) ? Input(made_up_site(random)) : Input(Tick{});
    case 1:
      return random.chance(1, 5) ? Input(StartControlPlane{"test"}) : Input(Tick{});
    case 2:
    case 3:
      return made_up_steering(random, engine);
    case 4:
      return random.chance(1, 2)
                 ? Input(PutSecret{bob, "TOKEN", random.chance(1, 3) ? "" : "sealed"})
                 : Input(CreateToken{bob, "hash", "lab", "eve", Role::user});
    case 14:
      return made_up_data_input(random, engine, bob);
    case 13:
      if (random.chance(1, 4)) return SetPrices{bob, made_up_prices(random)};
      if (random.chance(1, 4)) return SetPower{bob, made_up_power(random)};
      return random.chance(1, 2) ? made_up_sharing(random) : Input(Tick{});
    case 12:
      return random.chance(1, 3) ? Input(SetThroughputs{bob, made_up_throughputs(random)})
                                 : Input(SetPolicy{bob, made_up_policy(random)});
    case 5:
    case 6:
    case 7:
    case 8: {
      SubmitJobs submission{somebody(random), "", {}};
      if (random.chance(1, 2)) submission.idempotency_key = "k" + std::to_string(random.below(20));
      for (std::uint32_t i = from_1_to(random, 3); i > 0; --i) {
        submission.jobs.push_back(made_up_job(random));
        JobSpec& job = submission.jobs.back();
        job.project = projects.at(random.below(projects.size()));
        make_it_read(random, engine, submission.by.tenant, job);
        if (random.chance(1, 8)) {
          job.deadline = engine.state().time + job.time_limit.value_or(base::Duration(0)) +
                         std::chrono::seconds(random.below(120));
        }
      }
      return submission;
    }
    default:
      return made_up_reports(random, engine);
  }
}

}  // namespace weir::engine::test
