// What sites may draw: held against sums of our own, with work that comes and goes as it does.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "base/random.h"
#include "engine/engine.h"
#include "engine/power.h"

namespace weir::engine::test {
namespace {

using namespace model;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Principal bob{"lab", "bob", Role::operator_};

constexpr std::int64_t device_mw = 700'000;
constexpr std::int64_t cpu_mw = 10'000;
constexpr std::int64_t pue_milli = 1'234;

// Programs that run for as long as they do, and go on from what they saved.
struct Program {
  base::Duration length{};
  base::Duration done{};  // as saved
  JobSpec spec;
};

// A site whose agent does as it is told, after the notice that work asks for.
class World {
 public:
  explicit World(std::uint64_t seed) : random{seed} {
    JoinSite join{"near", std::vector<Node>(4)};
    for (std::size_t i = 0; i < join.nodes.size(); ++i) {
      join.nodes[i].name = "node" + std::to_string(i);
      join.nodes[i].cpus = 16;
      join.nodes[i].memory_bytes = std::int64_t{1} << 34;
      join.nodes[i].devices.resize(4);
      for (Device& device : join.nodes[i].devices) device.model = "nvidia-h100";
    }
    power.sites.resize(1);
    power.sites[0].site = "near";
    power.sites[0].pue_milli = pue_milli;
    power.sites[0].cpu_draw_mw = cpu_mw;
    power.sites[0].devices = {{"nvidia-h100", device_mw}};
    step(join);
  }

  void tell() { step(SetPower{bob, power}); }

  void cap_by(base::Duration length, std::vector<std::int64_t> watts) {
    Series cap;
    cap.start = begin;
    cap.step = length;
    cap.values = std::move(watts);
    cap.repeats = length * static_cast<std::int64_t>(cap.values.size());
    power.sites[0].cap_watts = cap;
  }

  JobId submit(const Program& program) {
    step(SubmitJobs{bob, "", {program.spec}});
    const JobId id{engine.state().last_job};
    programs[id] = program;
    return id;
  }

  Step step(const Input& input) {
    const Step step = engine.step(input, now);
    for (const Fact& fact : step.facts) {
      if (const auto* stopping = std::get_if<AttemptStopping>(&fact)) {
        const JobRecord& job = engine.state().jobs.at(stopping->attempt.job);
        stops[stopping->attempt] = now + job.notice;
        if (stopping->reason == Reason::paused_for_power) paused.push_back(stopping->attempt);
      }
      if (const auto* ended = std::get_if<AttemptEnded>(&fact)) {
        stops.erase(ended->attempt);
        if (ended->outcome.reason == Reason::paused_for_power && !ended->again) lost = true;
      }
    }
    if (step.reply.error) errors.push_back(step.reply.error->text());
    check();
    return step;
  }

  // The next moment at which something happens by itself, up to `until`.
  void run_until(base::Time until) {
    while (now < until) {
      base::Time next = until;
      if (const auto wake = engine.next_wake()) next = std::min(next, *wake);
      for (const auto& [key, when] : stops) next = std::min(next, when);
      for (const JobId id : engine.index().running_jobs) {
        for (const RunningAttempt& run : engine.state().jobs.at(id).running) {
          if (run.started) next = std::min(next, ends(run));
        }
      }
      now = std::max(next, now);
      report();
      step(Tick{});
    }
  }

  [[nodiscard]] base::Time ends(const RunningAttempt& run) const {
    const Program& program = programs.at(run.key.job);
    base::Time end = *run.started + (program.length - program.done);
    if (run.time_limit) end = std::min(end, *run.started + *run.time_limit);
    return end;
  }

  void report() {
    ReportSite said{"near", 1, 0, {}};
    for (const JobId id : engine.index().running_jobs) {
      for (const RunningAttempt& run : engine.state().jobs.at(id).running) {
        Program& program = programs.at(id);
        AttemptReport report{run.key, AttemptPhase::running, run.started.value_or(now), {}, {}, 0};
        const auto stop = stops.find(run.key);
        if (run.started && ends(run) <= now) {
          report.phase = AttemptPhase::ended;
          Outcome& outcome = report.outcome.emplace();
          if (now - *run.started < program.length - program.done) outcome.ending = Ending::timeout;
        } else if (stop != stops.end() && stop->second <= now) {
          report.phase = AttemptPhase::ended;
          report.outcome.emplace().ending = Ending::stopped;
          const base::Duration ran = run.started ? now - *run.started : base::Duration(0);
          if (program.spec.checkpoint_every) {
            program.done += ran - ran % *program.spec.checkpoint_every;
          }
        } else if (run.started) {
          continue;
        }
        said.attempts.push_back(report);
      }
    }
    step(said);
  }

  // ---- what is so, counted anew

  // In thousandths of milliwatts of the room.
  [[nodiscard]] std::int64_t draw() const {
    std::int64_t machines = 0;
    for (const auto& [id, job] : engine.state().jobs) {
      for (const RunningAttempt& run : job.running) {
        for (const RankPlacement& rank : run.ranks) {
          machines += rank.cpus * cpu_mw;
          machines += static_cast<std::int64_t>(rank.devices.size()) * device_mw;
        }
      }
    }
    return machines * pue_milli;
  }

  [[nodiscard]] std::int64_t may() const {
    std::int64_t least = INT64_MAX;
    if (const auto& cap = power.sites[0].cap_watts; cap && told) {
      const auto index = static_cast<std::size_t>((now - cap->start) / cap->step);
      least = cap->values[index % cap->values.size()] * 1'000;
    }
    for (const PowerRecord& record : engine.state().power_requests) {
      if (now < record.request.from || now >= record.end()) continue;
      std::int64_t committed = 0;
      for (const PowerStep& each : record.request.committed) {
        if (each.from <= now) committed = each.milliwatts;
      }
      least = std::min(least, committed);
    }
    return least;
  }

  // Reports of one moment come before its tick: what is held is looked at once that was taken.
  void check() {
    const std::int64_t most = may();
    const bool is_above = most != INT64_MAX && draw() > most * 1'000;
    if (!is_above) return above_since.reset();
    if (!above_since) above_since = now;
    if (now > *above_since) broken = now;
  }

  base::Random random;
  Engine engine;
  const base::Time begin = base::time_from_us(1'000'000'000'000'000);
  base::Time now = begin;
  PowerTable power;
  std::map<JobId, Program> programs;
  std::map<AttemptKey, base::Time> stops;
  std::vector<AttemptKey> paused;
  std::vector<std::string> errors;
  bool told = true;
  bool lost = false;
  std::optional<base::Time> above_since;
  std::optional<base::Time> broken;
};

Program made_up_program(base::Random& random, base::Time now) {
  Program program;
  JobSpec& spec = program.spec;
  spec.name = "made-up";
  spec.run = "true";
  spec.options[0].cpus = static_cast<std::uint32_t>(1 + random.below(16));
  const auto devices = static_cast<std::uint32_t>(random.below(5));
  if (devices > 0) spec.options[0].devices = {{"nvidia-h100", devices}};
  spec.time_limit = minutes(10 + random.below(240));
  program.length = *spec.time_limit * static_cast<std::int64_t>(30 + random.below(70)) / 100;
  if (random.chance(2, 3)) {
    spec.checkpoint_every = minutes(1 + random.below(30));
    spec.pausable = random.chance(3, 4);
  }
  if (random.chance(1, 2)) {
    spec.retry.notice_signal = 10;
    spec.retry.notice_before = seconds(random.below(300));
  }
  if (random.chance(1, 5)) spec.deadline = now + *spec.time_limit + minutes(random.below(600));
  if (random.chance(1, 8)) {
    spec.nodes_most = 3;
    spec.options[0].devices.clear();
    spec.options[0].cpus = 8;
  }
  return program;
}

// Caps, requests and work of every kind for a day or so, then a week of rest. Stops where the site
// draws more than it may.
void play(World& world) {
  std::vector<std::int64_t> watts;
  for (std::uint64_t i = 0, count = 1 + world.random.below(6); i < count; ++i) {
    watts.push_back(4'500 + static_cast<std::int64_t>(world.random.below(12'000)));
  }
  if (world.random.chance(3, 4)) world.cap_by(minutes(10 + world.random.below(120)), watts);
  world.tell();
  for (int i = 0; i < 60; ++i) {
    if (world.random.chance(1, 12)) {
      RequestPower request{bob, "near", {}, {}, {}, {}};
      const base::Time from =
          world.now + (world.random.chance(1, 2) ? minutes(0) : minutes(world.random.below(300)));
      if (from > world.now) request.from = from;
      request.until = from + minutes(1 + world.random.below(200));
      request.less_milliwatts = 1 + static_cast<std::int64_t>(world.random.below(8'000'000));
      world.step(request);
    } else if (world.random.chance(1, 20) && world.engine.state().last_power_request > 0) {
      const std::uint64_t last = world.engine.state().last_power_request;
      world.step(WithdrawPower{bob, {1 + world.random.below(last)}});
    } else {
      world.submit(made_up_program(world.random, world.now));
    }
    world.run_until(world.now + minutes(world.random.below(40)));
    if (world.broken) return;
  }
  world.run_until(world.now + hours(24 * 7));
}

RC_GTEST_PROP(Power, nothing_draws_more_than_it_may_and_all_is_done_at_last, (std::uint64_t seed)) {
  World world(seed);
  play(world);
  RC_ASSERT(!world.broken);
  RC_ASSERT(!world.lost);
  const PowerBook::OfSite* const site =
      world.engine.index().power().of(world.engine.index().site_by_name.at("near"));
  RC_ASSERT(site->milliwatts == 0);
  RC_ASSERT(site->drawn.empty() && site->leads.empty() && site->unknown == 0);
  for (const auto& [id, job] : world.engine.state().jobs) {
    RC_ASSERT(is_terminal(job.state));
    // Only a deadline ends it sooner: what it had done was kept.
    RC_ASSERT(job.state == JobState::succeeded || job.deadline.has_value());
    RC_ASSERT(job.kept <= world.programs.at(id).done);
  }
  for (const AttemptKey key : world.paused) {
    const Program& program = world.programs.at(key.job);
    RC_ASSERT(program.spec.pausable || program.spec.nodes_most > 0);
  }
}

// Worlds in which it once did: somebody told to stop counted as gone, what began in a step was not
// looked at in it, a gang was to shrink before it had begun.
TEST(Power, nothing_draws_more_than_it_may_where_it_once_did) {
  for (const std::uint64_t seed : {14ULL, 98ULL, 510ULL, 19'636'497'174'386ULL}) {
    World world(seed);
    play(world);
    EXPECT_FALSE(world.broken) << "seed " << seed;
  }
}

JobSpec plain(std::uint32_t cpus, base::Duration limit) {
  JobSpec spec;
  spec.name = "plain";
  spec.run = "true";
  spec.options[0].cpus = cpus;
  spec.time_limit = limit;
  return spec;
}

JobSpec pausable(std::uint32_t cpus, base::Duration limit, base::Duration checkpoint) {
  JobSpec spec = plain(cpus, limit);
  spec.pausable = true;
  spec.checkpoint_every = checkpoint;
  return spec;
}

TEST(Power, pauses_whoever_loses_least_and_no_more_than_are_needed) {
  World world(1);
  world.tell();
  const JobId loses_little = world.submit({hours(9), {}, pausable(16, hours(10), minutes(5))});
  const JobId loses_much = world.submit({hours(9), {}, pausable(16, hours(10), minutes(45))});
  const JobId firm = world.submit({hours(9), {}, plain(16, hours(10))});
  world.run_until(world.begin + minutes(44));
  // Each draws 16 × 10 W × 1.234.
  world.step(RequestPower{bob, "near", 190'000, {}, {}, world.now + hours(2)});
  world.run_until(world.begin + minutes(50));
  ASSERT_EQ(world.paused.size(), 1U);
  EXPECT_EQ(world.paused[0].job, loses_little);
  world.run_until(world.begin + hours(3));
  const auto& jobs = world.engine.state().jobs;
  EXPECT_EQ(jobs.at(loses_little).running.size(), 1U) << "it goes on when the request is over";
  EXPECT_EQ(jobs.at(loses_little).kept, minutes(40));
  EXPECT_EQ(jobs.at(loses_much).running[0].key.attempt, 1U);
  EXPECT_EQ(jobs.at(firm).running[0].key.attempt, 1U);
  world.run_until(world.begin + hours(12));
  EXPECT_EQ(jobs.at(loses_little).state, JobState::succeeded);
  EXPECT_FALSE(world.broken);
}

TEST(Power, keeps_a_deadline_that_a_pause_would_break) {
  World world(1);
  world.tell();
  JobSpec due = pausable(16, hours(4), minutes(5));
  due.deadline = world.begin + hours(5);
  const JobId kept = world.submit({hours(4) - minutes(1), {}, due});
  const JobId other = world.submit({hours(4), {}, pausable(16, hours(10), hours(2))});
  world.run_until(world.begin + minutes(62));
  world.step(RequestPower{bob, "near", 150'000, {}, {}, world.now + hours(2)});
  ASSERT_EQ(world.paused.size(), 1U);
  EXPECT_EQ(world.paused[0].job, other) << "although it loses more";
  // Of all that is asked for the other alone can be had.
  world.step(RequestPower{bob, "near", {}, 0, {}, world.now + hours(1)});
  const PowerRequestView view =
      power_request_view(world.engine, world.engine.state().power_requests.back(), world.now);
  EXPECT_EQ(view.short_milliwatts, 197'440);
  world.run_until(world.begin + hours(12));
  const auto& jobs = world.engine.state().jobs;
  EXPECT_EQ(jobs.at(kept).state, JobState::succeeded);
  EXPECT_LE(*jobs.at(kept).end, *due.deadline) << "paused only once it loses little enough by it";
  EXPECT_FALSE(world.broken);
}

TEST(Power, whose_draw_nobody_knows_is_not_begun_under_a_cap) {
  World world(1);
  world.power.sites[0].devices.clear();
  world.cap_by(hours(1), {50'000});
  world.tell();
  JobSpec spec = plain(1, hours(1));
  spec.options[0].devices = {{"nvidia-h100", 1}};
  world.step(SubmitJobs{bob, "", {spec}});
  ASSERT_EQ(world.errors.size(), 1U);
  EXPECT_NE(world.errors[0].find("nobody has told the draw of"), std::string::npos)
      << world.errors[0];
}

TEST(Power, firm_work_is_begun_only_if_it_is_done_before_there_is_too_little) {
  World world(1);
  world.cap_by(hours(2), {400, 100});  // room for two, then for none of 16 processors
  world.tell();
  const JobId longer = world.submit({hours(1), {}, plain(16, hours(3))});
  const JobId shorter = world.submit({hours(1), {}, plain(16, hours(1))});
  const auto& jobs = world.engine.state().jobs;
  EXPECT_TRUE(jobs.at(longer).running.empty());
  EXPECT_EQ(jobs.at(shorter).running.size(), 1U);
  const JobId stops = world.submit({hours(3), {}, pausable(16, hours(9), minutes(10))});
  EXPECT_EQ(jobs.at(stops).running.size(), 1U);
  world.run_until(world.begin + hours(2));
  EXPECT_TRUE(jobs.at(stops).running.empty()) << "it has stopped before the cap fell";
  EXPECT_EQ(jobs.at(stops).kept, hours(1) + minutes(50));
  world.run_until(world.begin + hours(30));
  EXPECT_EQ(jobs.at(stops).state, JobState::succeeded);
  EXPECT_FALSE(world.broken);
}

}  // namespace
}  // namespace weir::engine::test
