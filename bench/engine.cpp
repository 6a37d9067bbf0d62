// The engine alone, in memory, on one core: whole lives of jobs, and a deep queue.
#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <deque>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/questions.h"
#include "figure.h"

namespace {

using namespace weir;
using namespace weir::model;
// The processor time of this thread: what one core does, whoever else the machine serves.
struct Clock {
  using time_point = double;
  static time_point now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }
};

double seconds_since(Clock::time_point begin) { return Clock::now() - begin; }

std::vector<Node> make_nodes(std::uint32_t count) {
  std::vector<Node> nodes;
  for (std::uint32_t i = 0; i < count; ++i) {
    Node node;
    node.name = "node" + std::to_string(i);
    node.cpus = 64;
    node.memory_bytes = std::int64_t{256} << 30;
    nodes.push_back(node);
  }
  return nodes;
}

JobSpec make_spec() {
  JobSpec spec;
  spec.name = "bench";
  spec.run = "true";
  spec.options[0].cpus = 1;
  spec.options[0].memory_bytes = std::int64_t{1} << 30;
  spec.time_limit = std::chrono::hours(1);
  return spec;
}

const Principal user{"tenant", "user", Role::user};

struct World {
  engine::Engine engine;
  base::Time now = base::time_from_us(1'000'000'000'000'000);
  std::uint64_t steps = 0;
  std::uint64_t epoch = 0;

  engine::Step step(const Input& input) {
    now += base::Duration(1);
    ++steps;
    return engine.step(input, now);
  }
};

AttemptReport report_of(AttemptKey key, AttemptPhase phase) {
  AttemptReport report;
  report.key = key;
  report.phase = phase;
  if (phase == AttemptPhase::ended) report.outcome = Outcome{};
  return report;
}

// Each job is one submission, one placement, one report that it started and one that it ended: the
// placement comes with the submission, so a job is three steps, or four decisions.
double steps_per_second(std::uint32_t jobs) {
  World world;
  const auto joined = world.step(JoinSite{"local", make_nodes(1000)});
  world.epoch = joined.reply.epoch;
  const JobSpec spec = make_spec();
  world.steps = 0;
  const auto begin = Clock::now();
  for (std::uint32_t i = 0; i < jobs; ++i) {
    const auto submitted = world.step(SubmitJobs{user, "", {spec}});
    const AttemptKey key{submitted.reply.jobs.at(0), 0, 1};
    (void)world.step(
        ReportSite{"local", world.epoch, 0, {report_of(key, AttemptPhase::running)}, {}});
    (void)world.step(
        ReportSite{"local", world.epoch, 0, {report_of(key, AttemptPhase::ended)}, {}});
    world.steps += 1;  // the placement, which the first step took with it
  }
  return static_cast<double>(world.steps) / seconds_since(begin);
}

// The same life behind a queue of `depth` jobs that wait: each end starts the next of the queue.
double steps_per_second_behind_a_queue(std::uint32_t depth, std::uint32_t jobs) {
  World world;
  world.epoch = world.step(JoinSite{"local", make_nodes(16)}).reply.epoch;
  const JobSpec spec = make_spec();
  for (std::uint32_t i = 0; i < depth; ++i) (void)world.step(SubmitJobs{user, "", {spec}});
  std::uint64_t next = 1;
  world.steps = 0;
  const auto begin = Clock::now();
  for (std::uint32_t i = 0; i < jobs; ++i) {
    const AttemptKey key{JobId{next++}, 0, 1};
    (void)world.step(SubmitJobs{user, "", {spec}});
    (void)world.step(
        ReportSite{"local", world.epoch, 0, {report_of(key, AttemptPhase::running)}, {}});
    (void)world.step(
        ReportSite{"local", world.epoch, 0, {report_of(key, AttemptPhase::ended)}, {}});
    world.steps += 1;
  }
  return static_cast<double>(world.steps) / seconds_since(begin);
}

// The same behind as many jobs of a thousand tenants that stand at different shares: each end and
// each start changes a share, and the next is found anew.
double steps_per_second_in_fair_turn(std::uint32_t tenants, std::uint32_t depth,
                                     std::uint32_t jobs) {
  World world;
  world.epoch = world.step(JoinSite{"local", make_nodes(16)}).reply.epoch;
  const JobSpec spec = make_spec();
  const auto somebody = [&](std::uint32_t i) {
    return Principal{"tenant" + std::to_string(i % tenants), "user", Role::user};
  };
  for (std::uint32_t i = 0; i < depth; ++i) {
    (void)world.step(SubmitJobs{somebody(i), "", {spec}});
  }
  std::deque<AttemptKey> running;
  for (const JobId job : world.engine.index().running_jobs) running.push_back({job, 0, 1});
  const auto note_placed = [&](const engine::Step& step) {
    for (const Fact& fact : step.facts) {
      const auto* placed = std::get_if<TaskPlaced>(&fact);
      if (placed != nullptr) running.push_back(placed->attempt);
    }
  };
  world.steps = 0;
  const auto begin = Clock::now();
  for (std::uint32_t i = 0; i < jobs; ++i) {
    const AttemptKey key = running.front();
    running.pop_front();
    note_placed(world.step(SubmitJobs{somebody(i * 7), "", {spec}}));
    note_placed(world.step(
        ReportSite{"local", world.epoch, 0, {report_of(key, AttemptPhase::running)}, {}}));
    note_placed(
        world.step(ReportSite{"local", world.epoch, 0, {report_of(key, AttemptPhase::ended)}, {}}));
    world.steps += 1;
  }
  return static_cast<double>(world.steps) / seconds_since(begin);
}

bool deep_queue(std::uint32_t jobs) {
  const auto bytes_in_use = [] {
    return static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd);
  };
  World world;
  world.epoch = world.step(JoinSite{"local", make_nodes(1)}).reply.epoch;
  JobSpec spec = make_spec();
  spec.options[0].cpus = 64;
  const double before = bytes_in_use();
  const std::size_t text = spec.name.size() + spec.run.size();
  for (std::uint32_t i = 0; i < jobs; ++i) (void)world.step(SubmitJobs{user, "", {spec}});
  const double each = (bytes_in_use() - before) / jobs - static_cast<double>(text);
  bool good =
      bench::figure("engine_memory_per_queued_job", each, "bytes", 1024, bench::Better::lower);
  const auto begin = Clock::now();
  const engine::QueueForecast forecast(world.engine, world.now);
  const JobPage page = engine::list_jobs(world.engine, user, {}, &forecast);
  const double first_page_ms = seconds_since(begin) * 1000;
  if (page.jobs.size() != 50 || page.total != jobs) {
    std::fprintf(stderr, "the list does not hold what was submitted\n");
    return false;
  }
  good = bench::figure("engine_first_page_of_1000000", first_page_ms, "ms", 50,
                       bench::Better::lower) &&
         good;
  const auto snapshot_begin = Clock::now();
  const std::string bytes = world.engine.snapshot();
  bench::note("engine_snapshot_of_1000000", seconds_since(snapshot_begin), "s");
  bench::note("engine_snapshot_size", static_cast<double>(bytes.size()) / 1e6, "MB");
  const auto restore_begin = Clock::now();
  auto restored = engine::Engine::restore(bytes);
  bench::note("engine_restore_of_1000000", seconds_since(restore_begin), "s");
  if (!restored || restored->snapshot() != bytes) {
    std::fprintf(stderr, "a snapshot does not come back as it was\n");
    return false;
  }
  return good;
}

}  // namespace

int main() {
  bool good = bench::figure("engine_steps", steps_per_second(200'000), "steps/s", 200'000,
                            bench::Better::higher);
  const double behind = steps_per_second_behind_a_queue(100'000, 100'000);
  good = bench::figure("engine_steps_behind_100000", behind, "steps/s", 200'000,
                       bench::Better::higher) &&
         good;
  // Whose turn it is among a thousand, and memory that no cache holds, may cost half at most.
  const double in_turn = steps_per_second_in_fair_turn(1000, 100'000, 100'000);
  bench::note("engine_steps_of_1000_tenants_behind_100000", in_turn, "steps/s");
  good = bench::figure("engine_of_1000_tenants_to_one", in_turn / behind, "ratio", 0.5,
                       bench::Better::higher) &&
         good;
  good = deep_queue(1'000'000) && good;
  return good ? 0 : 1;
}
