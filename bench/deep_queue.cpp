// A deep queue of gangs on full machines: what planning costs for each job of it, to be held
// against a peer that is given the very same jobs.
//
//   bench_deep_queue running NODES         the jobs that fill the machines, one a node
//   bench_deep_queue waiting NODES JOBS    the jobs that wait, one `NODES CPUS MINUTES` a line
//   bench_deep_queue measure NODES JOBS TRIED   Weir on both: `value NAME X`
//
// What is compared: Slurm's backfill, per job tried, looks for the earliest start of the job beside
// what runs and what it has planned for those before it, and plans that. Three things of Weir do
// it, in falling order of likeness:
//   reserve    the same to the letter, on the timeline behind promises: earliest start, reserved,
//              next job; for the first TRIED, as many as Slurm's cycle came to
//   forecast   a start for every job of the queue, which is how Weir answers "when?" for all; a gap
//              before a planned start is not used again
//   pass       what a whole step costs once a job has ended, with the queue behind it: Weir looks
//              at classes of jobs and not at each, so that no count of jobs belongs to it
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "engine/engine.h"
#include "engine/forecast.h"
#include "figure.h"

namespace {

using namespace weir;
using namespace weir::model;

constexpr std::uint32_t cpus_of_node = 8;

struct Work {
  std::uint32_t nodes = 1;
  std::uint32_t cpus = 1;  // of each node
  std::uint32_t minutes = 10;
};

// One job a node, ending an hour apart in 40 groups.
std::vector<Work> running_work(std::uint32_t nodes) {
  std::vector<Work> work(nodes);
  for (std::uint32_t i = 0; i < nodes; ++i) work[i] = {1, cpus_of_node, 60 * (1 + i % 40)};
  return work;
}

// The mix of bench/schedule.cpp, a processor for a device: gangs of 1 to 1,024, half of all jobs a
// single one, 10 minutes to 4 days.
std::vector<Work> waiting_work(std::uint32_t jobs) {
  static constexpr std::uint32_t sizes[] = {1, 1, 1, 1, 2, 4, 8, 16, 64, 1};
  base::Random random{42};
  std::vector<Work> work(jobs);
  for (Work& each : work) {
    std::uint32_t size = sizes[random.below(10)];
    if (random.chance(1, 50)) size = 256;
    if (random.chance(1, 200)) size = 1024;
    each.nodes = std::max(1U, size / cpus_of_node);
    each.cpus = std::min(size, cpus_of_node);
    each.minutes = static_cast<std::uint32_t>(10 * (1 + random.below(24) * random.below(24)));
  }
  return work;
}

void print(const std::vector<Work>& work) {
  for (const Work& each : work) std::printf("%u %u %u\n", each.nodes, each.cpus, each.minutes);
}

void value(const char* name, double number) { std::printf("value %s %.6g\n", name, number); }

class Queue {
 public:
  Queue(std::uint32_t nodes, std::uint32_t jobs) {
    JoinSite site{"site", std::vector<Node>(nodes)};
    for (std::uint32_t i = 0; i < nodes; ++i) {
      site.nodes[i].name = "node" + std::to_string(i);
      site.nodes[i].cpus = cpus_of_node;
    }
    (void)step(site);
    // In turn by their time of submission, and whoever delays nobody may go ahead, as in Slurm.
    Policy policy;
    policy.order = OrderRule::arrival;
    (void)step(SetPolicy{Principal{"", "operator", Role::operator_}, policy});
    for (const Work& each : running_work(nodes)) submit(each);
    if (placed_ != nodes) stop("the machines are not full");
    for (const Work& each : waiting_work(jobs)) submit(each);
    if (placed_ != nodes) stop("there was room for a job of the queue");
  }

  // Microseconds a job.
  [[nodiscard]] double reserve(std::uint32_t tried) const {
    const engine::Index& index = engine_.index();
    const engine::SitePlaces& places = index.sites.begin()->second;
    const std::vector<JobId> jobs = engine::waiting_in_turn(index, tried);
    const double begin = bench::cpu_seconds();
    schedule::Timeline timeline = places.timeline;
    for (const JobId id : jobs) {
      const engine::JobRecord& job = engine_.state().jobs.at(id);
      const schedule::Request& request = index.waiting_kind(job).request;
      const ResourceOption& option = request.options.front();
      const schedule::Stay stay{job.time_limit, id.value, false};
      const auto slot = timeline.earliest(places.capacity, request.nodes, option, stay, now_);
      if (!slot) stop("a job of the queue fits nowhere");
      const schedule::Shape demand = *places.capacity.pool_of(0).demand(option);
      timeline.reserve(slot->nodes, demand, slot->start, stay.end_from(slot->start), id.value);
    }
    return us_since(begin) / static_cast<double>(jobs.size());
  }
  [[nodiscard]] double forecast(std::uint32_t jobs) const {
    const double begin = bench::cpu_seconds();
    const engine::QueueForecast forecast(engine_, now_, engine::RunTimes::limits, jobs);
    return us_since(begin) / jobs;
  }
  // A hundred of the running jobs end, one a step.
  [[nodiscard]] double pass() {
    constexpr std::uint32_t ends = 100;
    double spent = 0;
    for (std::uint32_t i = 0; i < ends; ++i) {
      ReportSite report{"site", 1, 0, {}, {}};
      AttemptReport& row = report.attempts.emplace_back();
      row.key = first_placed_[i];
      row.phase = AttemptPhase::ended;
      row.outcome = Outcome{};
      const double begin = bench::cpu_seconds();
      (void)step(report);
      spent += us_since(begin);
    }
    return spent / ends;
  }

 private:
  static double us_since(double begin) { return (bench::cpu_seconds() - begin) * 1e6; }
  [[noreturn]] static void stop(const char* why) {
    std::fprintf(stderr, "bench_deep_queue: %s\n", why);
    std::exit(1);
  }
  void submit(const Work& work) {
    JobSpec spec;
    spec.name = "bench";
    spec.run = "true";
    spec.nodes = work.nodes;
    spec.options[0].cpus = work.cpus;
    spec.time_limit = std::chrono::minutes(work.minutes);
    const engine::Step done =
        step(SubmitJobs{Principal{"tenant", "user", Role::user}, "", {std::move(spec)}});
    for (const Fact& fact : done.facts) {
      const auto* placed = std::get_if<TaskPlaced>(&fact);
      if (placed == nullptr) continue;
      first_placed_.push_back(placed->attempt);
      ++placed_;
    }
  }
  engine::Step step(const Input& input) {
    now_ += base::Duration(1000);
    engine::Step done = engine_.step(input, now_);
    if (done.reply.error) stop(done.reply.error->text().c_str());
    return done;
  }

  engine::Engine engine_;
  base::Time now_ = base::time_from_us(1'000'000'000'000'000);
  std::vector<AttemptKey> first_placed_;
  std::uint32_t placed_ = 0;
};

}  // namespace

int main(int count, char** words) {
  const std::string mode = count > 1 ? words[1] : "";
  const auto number = [&](int at) { return static_cast<std::uint32_t>(std::stoul(words[at])); };
  if (mode == "running" && count == 3) return print(running_work(number(2))), 0;
  if (mode == "waiting" && count == 4) return print(waiting_work(number(3))), 0;
  if (mode != "measure" || count != 5) {
    std::fputs("usage: see the head of bench/deep_queue.cpp\n", stderr);
    return 2;
  }
  const std::uint32_t jobs = number(3);
  Queue queue(number(2), jobs);
  value("weir_reserve_us_per_job", queue.reserve(number(4)));
  value("weir_forecast_us_per_job", queue.forecast(jobs));
  value("weir_pass_us", queue.pass());
}
