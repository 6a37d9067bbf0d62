// The choices of src/schedule alone: who takes which pool, small requests by fragmentation, gangs
// by topology. Fragmentation is held against what its authors published, where WEIR_DATA has their
// workloads.
#include <cmath>
#include <ctime>
#include <deque>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"
#include "figure.h"
#include "schedule/assign.h"
#include "schedule/choose.h"
#include "schedule/node_set.h"
#include "schedule/score_book.h"
#include "schedule/topology.h"
#include "tests/schedule/support/openb.h"

namespace {

using namespace weir;
using namespace weir::schedule;
using bench::Better;
using bench::figure;
using bench::note;

// The processor time of this thread: what one core does, whoever else the machine serves.
double now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Work that gains nearly the same everywhere and pools of about its size: the slowest there is, as
// everybody outbids everybody by little.
Competition nearly_alike(std::uint32_t demands, std::uint32_t pools) {
  base::Random random{1};
  Competition world;
  std::vector<std::int64_t> wanted(pools, 0);
  for (std::uint32_t i = 0; i < demands; ++i) {
    world.demands.push_back({random.between(1, 1000), 0});
    for (std::uint32_t pool = 0; pool < pools; ++pool) {
      world.alternatives.push_back(
          {i, pool, 1000 + random.between(0, 10), 1000 + random.between(0, 10)});
      wanted[pool] += world.demands[i].tasks * 1000;
    }
  }
  for (const std::int64_t each : wanted) {
    world.capacities.push_back(each / pools * random.between(5, 15) / 10);
  }
  return world;
}

void measure_assign() {
  for (const auto& [demands, pools] : {std::pair{200U, 20U}, {1000U, 20U}}) {
    const Competition world = nearly_alike(demands, pools);
    const double begin = now();
    const Assignment got = assign(world);
    const double took = now() - begin;
    const std::string name =
        "assign_" + std::to_string(demands) + "_kinds_to_" + std::to_string(pools) + "_pools";
    note(name, took * 1e3, "ms");
    const TierResult& tier = got.tiers.at(0);
    figure(name + "_proven_gap",
           100 * (1 - static_cast<double>(tier.gain) / static_cast<double>(tier.bound)), "%", 0.25,
           Better::lower);
  }
}

struct Published {
  const char* workload;
  double at_capacity;
  double at_the_end;
};

// GPU allocation in percent, FGD, mean of the authors' ten runs.
constexpr Published published[] = {
    {"default", 95.23, 95.39},    {"cpu050", 95.00, 95.21},     {"cpu200", 94.82, 95.04},
    {"gpushare40", 93.96, 94.15}, {"gpushare80", 89.08, 89.30}, {"gpuspec10", 94.66, 94.95},
    {"gpuspec25", 93.91, 94.74},  {"multigpu20", 95.53, 95.65}, {"multigpu40", 96.91, 96.99}};

void measure_fragmentation() {
  const auto folder = test::recorded("alibaba_openb");
  if (folder.empty()) {
    std::printf("fragmentation: skipped, as WEIR_DATA leads to no alibaba_openb\n");
    return;
  }
  const test::Replay replay = test::openb_replay(folder);
  const double begin = now();
  const test::Outcome outcome = test::put_all(replay.nodes, replay.pods, replay.usual);
  const double rate = static_cast<double>(replay.pods.size()) / (now() - begin);
  figure("fragmentation_requests", rate, "per_s", 50'000, Better::higher);
  figure("fragmentation_default_seed42_off_by", std::abs(outcome.percent - 95.29), "points", 0.005,
         Better::lower);
  constexpr int runs = 10;
  for (const Published& each : published) {
    double at_capacity = 0;
    double at_the_end = 0;
    for (std::uint64_t i = 0; i < runs; ++i) {
      const test::Outcome one = test::openb_run(folder, each.workload, base::Random{i});
      at_capacity += one.at_capacity / runs;
      at_the_end += one.percent / runs;
    }
    const std::string name = std::string("fragmentation_") + each.workload;
    note(name, at_capacity, "%");
    note(name + "_at_130", at_the_end, "%");
    figure(name + "_off_by", std::abs(at_capacity - each.at_capacity), "points", 0.3,
           Better::lower);
    figure(name + "_at_130_off_by", std::abs(at_the_end - each.at_the_end), "points", 0.3,
           Better::lower);
  }
}

// The same requests and nodes as the engine sees them: processors in thousandths, and one
// alternative for each model that will do.
struct Recorded {
  std::vector<model::Node> nodes;
  std::vector<Request> requests;
  UsualWork usual;
};

Recorded as_requests(const test::Replay& replay) {
  Recorded recorded;
  std::uint32_t models = 0;
  for (const SmallNode& small : replay.nodes) {
    model::Node& node = recorded.nodes.emplace_back();
    node.cpus = static_cast<std::uint32_t>(small.free.cpu_milli);
    node.memory_bytes = small.memory_bytes << 20U;
    node.devices.resize(small.free.device_milli.size());
    for (model::Device& device : node.devices) {
      device.model = "m" + std::to_string(small.free.model);
    }
    models = std::max(models, small.free.model + 1);
  }
  std::vector<UsualDemand> seen;
  for (const test::Pod& pod : replay.pods) {
    Request& request = recorded.requests.emplace_back();
    for (std::uint32_t model = 0; model < models; ++model) {
      const std::uint64_t wanted = pod.request.models;
      if (wanted != 0 && ((wanted >> model) & 1U) == 0) continue;
      model::ResourceOption& option = request.options.emplace_back();
      option.cpus = static_cast<std::uint32_t>(pod.request.cpu_milli);
      option.memory_bytes = pod.memory << 20U;
      if (pod.request.devices == 0) break;
      option.devices.push_back({"m" + std::to_string(model), pod.request.devices});
      option.device_milli = static_cast<std::uint32_t>(pod.request.device_milli);
    }
    seen.push_back({request.options, 1});
  }
  recorded.usual = usual_work(seen, usual_percent(model::PlacingRule::scarcity));
  return recorded;
}

double placements_per_s(const Recorded& recorded) {
  Capacity capacity(recorded.nodes);
  PlacesLeft left;
  add_places_left(capacity, recorded.usual, left);
  ScoreBook book;
  const Placing placing{model::PlacingRule::scarcity, 0, &recorded.usual, &left, &book, true};
  std::uint32_t since = 0;
  const double begin = now();
  for (const Request& request : recorded.requests) {
    std::vector<std::uint32_t> options(request.options.size());
    std::iota(options.begin(), options.end(), 0U);
    const auto choice = choose(capacity, request, options, placing);
    if (!choice) continue;
    capacity.take(choice->ranks);
    if (++since < PlacesLeft::placements_between) continue;
    since = 0;
    left = {};
    add_places_left(capacity, recorded.usual, left);
    book.forget_costs();
  }
  return static_cast<double>(recorded.requests.size()) / (now() - begin);
}

// Every node is looked at for every request, as the authors' program does.
double naive_placements_per_s(const test::Replay& replay, std::size_t most) {
  std::vector<FreeNode> nodes;
  for (const SmallNode& node : replay.nodes) nodes.push_back(node.free);
  const double begin = now();
  for (std::size_t i = 0; i < most; ++i) {
    const SmallRequest& request = replay.pods[i].request;
    std::optional<std::pair<Use, std::size_t>> best;
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      auto use = best_use(nodes[node], request, replay.usual);
      if (use && (!best || use->score > best->first.score)) best.emplace(*std::move(use), node);
    }
    if (best) take(nodes[best->second], request, best->first.devices);
  }
  return static_cast<double>(most) / (now() - begin);
}

void measure_placing() {
  const auto folder = test::recorded("alibaba_openb");
  if (folder.empty()) return;
  const test::Replay replay = test::openb_replay(folder);
  constexpr std::size_t naive_requests = 400;
  const double naive = naive_placements_per_s(replay, naive_requests);
  const double own = placements_per_s(as_requests(replay));
  note("naive_fragmentation_requests", naive, "per_s");
  figure("scarcity_requests", own, "per_s", 50'000, Better::higher);
  figure("scarcity_of_naive_fragmentation", own / naive, "times", 12, Better::higher);
}

// Gangs come and go on a fabric of 102,400 nodes, kept nine tenths full. No choice is faster than
// reading who is free, which is measured beside it.
void measure_topology() {
  std::vector<TopologyTree::Path> paths;
  for (int node = 0; node < 102'400; ++node) {
    paths.push_back(
        {std::to_string(node / 12'800), std::to_string(node / 1'024), std::to_string(node / 32)});
  }
  const TopologyTree tree(paths);
  NodeSet free;
  for (std::uint32_t i = 0; i < paths.size(); ++i) free.insert(i);
  base::Random random{17};
  std::deque<std::vector<std::uint32_t>> held;
  double seconds = 0;
  double reading = 0;
  constexpr int gangs = 20'000;
  for (int step = 0; step < gangs; ++step) {
    const std::uint32_t count = 1U << random.below(10);
    while (free.size() < paths.size() / 10 + count) {
      std::swap(held[static_cast<std::size_t>(random.below(held.size()))], held.back());
      for (const std::uint32_t node : held.back()) free.insert(node);
      held.pop_back();
    }
    const double begin = now();
    std::vector<std::uint32_t> open;
    free.for_each([&](std::uint32_t node) {
      open.push_back(node);
      return true;
    });
    const double read = now();
    held.push_back(tree.choose(open, count).value());
    seconds += now() - begin;
    reading += read - begin;
    for (const std::uint32_t node : held.back()) free.erase(node);
  }
  note("topology_gangs_on_102400_nodes", gangs / seconds, "per_s");
  figure("topology_choice_of_reading_who_is_free", seconds / reading, "times", 3, Better::lower);
}

}  // namespace

int main() {
  measure_assign();
  measure_topology();
  measure_fragmentation();
  measure_placing();
}
