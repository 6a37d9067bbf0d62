// The scheduler at size, on one core: a million devices in 125,000 nodes of 200 sites, with 100,000
// jobs waiting.
//
// The work (made here, no recorded trace has this size): gangs of 1 to 1,024 devices, one in 200
// the largest and half of all a single device; three chip models, 24 time limits from 10 minutes
// to 4 days. First the machines are filled, then the queue grows to its depth, then running work
// ends, each site reporting the ends of a while at a time, and each end lets others start. A
// decision is one task that is given its place (a fact, applied, with the wish to its site); what
// found no place is not counted.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "base/random.h"
#include "engine/engine.h"
#include "engine/forecast.h"
#include "engine/questions.h"
#include "figure.h"

namespace {

using namespace weir;
using namespace weir::model;

double resident_gib() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * 4096 / (1U << 30U);
}

struct Size {
  std::uint32_t sites = 200;
  std::uint32_t nodes_per_site = 625;
  std::uint32_t devices_per_node = 8;
  std::uint32_t waiting = 100'000;
  std::uint32_t ends = 32;  // in one report
};

const char* const chips[] = {"nvidia-h100", "nvidia-a100", "ascend-910b"};
const Principal user{"tenant", "user", Role::user};

class Pool {
 public:
  explicit Pool(const Size& size) : size_(size), running_(size.sites) {
    for (std::uint32_t i = 0; i < size.sites; ++i) {
      const std::string name = "site" + std::to_string(i);
      (void)step(JoinSite{name, nodes_of(chips[i % 3])});
    }
  }

  // A job of the mix; its gang is made of whole nodes above eight devices.
  JobSpec made_up() {
    static constexpr std::uint32_t sizes[] = {1, 1, 1, 1, 2, 4, 8, 16, 64, 1};
    std::uint32_t devices = sizes[random_.below(10)];
    if (random_.chance(1, 50)) devices = 256;
    if (random_.chance(1, 200)) devices = 1024;
    JobSpec spec;
    spec.name = "bench";
    spec.run = "true";
    spec.nodes = std::max(1U, devices / size_.devices_per_node);
    spec.options[0].devices = {
        {chips[random_.below(3)], std::min(devices, size_.devices_per_node)}};
    spec.options[0].cpus = 8;
    spec.time_limit = std::chrono::minutes(10 * (1 + random_.below(24) * random_.below(24)));
    return spec;
  }

  engine::Step submit(JobSpec spec) { return step(SubmitJobs{user, "", {std::move(spec)}}); }

  // Fills the machines, then lets the queue grow.
  void fill() {
    while (waiting_ < size_.waiting) {
      const engine::Step done = submit(made_up());
      waiting_ += 1;
      waiting_ -= static_cast<std::uint32_t>(placed_in(done));
    }
  }

  // Sites report in turn, each what has ended since its last report; says how long each step took
  // and what was placed.
  void churn(std::uint32_t reports, std::uint32_t ends_each) {
    for (std::uint32_t i = 0; i < reports; ++i) {
      const auto site = static_cast<std::uint32_t>(random_.below(running_.size()));
      const ReportSite report = ends_of(site, ends_each);
      const double begin = bench::cpu_seconds();
      const engine::Step done = step(report);
      const double took = bench::cpu_seconds() - begin;
      const std::uint64_t placed = placed_in(done);
      placed_ += placed;
      spent_ += took;
      steps_us_.push_back(took * 1e6);
      for (std::uint64_t each = 0; each < placed; ++each) {
        each_us_.push_back(took * 1e6 / static_cast<double>(placed));
      }
      // The queue stays as deep as it was; that is not what is measured.
      for (std::uint64_t each = 0; each < placed; ++each) (void)placed_in(submit(made_up()));
    }
  }

  engine::Step step(const Input& input) {
    now += base::Duration(1000);
    return engine.step(input, now);
  }

  [[nodiscard]] double placed_per_second() const { return static_cast<double>(placed_) / spent_; }
  [[nodiscard]] static double percentile(std::vector<double> values, double part) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
  }
  [[nodiscard]] double decision_us(double part) const { return percentile(each_us_, part); }
  [[nodiscard]] double step_us(double part) const { return percentile(steps_us_, part); }
  [[nodiscard]] std::uint64_t placed() const { return placed_; }
  [[nodiscard]] std::uint64_t ranks() const { return ranks_; }

  engine::Engine engine;
  base::Time now = base::time_from_us(1'000'000'000'000'000);

 private:
  [[nodiscard]] std::vector<Node> nodes_of(const char* chip) const {
    std::vector<Node> nodes(size_.nodes_per_site);
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
      nodes[i].name = "node" + std::to_string(i);
      nodes[i].cpus = 128;
      nodes[i].memory_bytes = std::int64_t{1} << 40;
      nodes[i].devices.resize(size_.devices_per_node);
      for (Device& device : nodes[i].devices) device.model = chip;
    }
    return nodes;
  }
  // The end of some of the site's tasks, whichever.
  ReportSite ends_of(std::uint32_t site, std::uint32_t many) {
    ReportSite report{"site" + std::to_string(site), 1, 0, {}, {}};
    std::vector<AttemptKey>& running = running_[site];
    for (std::uint32_t i = 0; i < many && !running.empty(); ++i) {
      std::swap(running[random_.below(running.size())], running.back());
      AttemptReport& row = report.attempts.emplace_back();
      row.key = running.back();
      row.phase = AttemptPhase::ended;
      row.outcome = Outcome{};
      running.pop_back();
    }
    return report;
  }
  std::uint64_t placed_in(const engine::Step& done) {
    std::uint64_t count = 0;
    for (const Fact& fact : done.facts) {
      const auto* placed = std::get_if<TaskPlaced>(&fact);
      if (placed == nullptr) continue;
      running_[placed->site.value - 1].push_back(placed->attempt);
      ranks_ += placed->ranks.size();
      ++count;
    }
    return count;
  }

  Size size_;
  base::Random random_{42};
  std::uint32_t waiting_ = 0;
  std::vector<std::vector<AttemptKey>> running_;  // by site
  std::uint64_t placed_ = 0;
  std::uint64_t ranks_ = 0;
  double spent_ = 0;
  std::vector<double> each_us_;
  std::vector<double> steps_us_;
};

}  // namespace

int main(int count, char** words) {
  Size size;
  if (count > 1) size.sites = static_cast<std::uint32_t>(std::stoul(words[1]));
  if (count > 2) size.waiting = static_cast<std::uint32_t>(std::stoul(words[2]));
  if (count > 3) size.ends = static_cast<std::uint32_t>(std::stoul(words[3]));
  double begin = bench::cpu_seconds();
  Pool pool(size);
  bench::note("schedule_join", bench::cpu_seconds() - begin, "s");
  begin = bench::cpu_seconds();
  pool.fill();
  bench::note("schedule_fill", bench::cpu_seconds() - begin, "s");
  bench::note("schedule_classes", static_cast<double>(pool.engine.index().classes.size()),
              "classes");

  using bench::Better;
  pool.churn(std::max(1U, 100'000 / size.ends), size.ends);
  bool good = bench::figure("schedule_decisions", pool.placed_per_second(), "placements/s", 100'000,
                            Better::higher);
  good &=
      bench::figure("schedule_decision_p99", pool.decision_us(0.99) / 1000, "ms", 1, Better::lower);
  bench::note("schedule_decision_p50", pool.decision_us(0.5), "us");
  bench::note("schedule_step_p99", pool.step_us(0.99) / 1000, "ms");
  bench::note("schedule_placements", static_cast<double>(pool.placed()), "tasks");
  bench::note("schedule_ranks", static_cast<double>(pool.ranks()), "ranks");

  begin = bench::cpu_seconds();
  const engine::QueueForecast forecast(pool.engine, pool.now, engine::RunTimes::expected,
                                       size.waiting);
  good &= bench::figure("schedule_replan", bench::cpu_seconds() - begin, "s", 2, Better::lower);

  JobSpec never = pool.made_up();
  never.nodes = 10'000;
  begin = bench::cpu_seconds();
  const engine::Step refused = pool.submit(never);
  const double refused_ms = (bench::cpu_seconds() - begin) * 1000;
  if (!refused.reply.error) return std::puts("what can never fit was taken"), 1;
  good &= bench::figure("schedule_never_fits", refused_ms, "ms", 10, Better::lower);
  good &= bench::figure("schedule_memory", resident_gib(), "GiB", 2, Better::lower);
  return good ? 0 : 1;
}
