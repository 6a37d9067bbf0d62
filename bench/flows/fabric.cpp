// A recorded fabric: gangs placed near and scattered, and what their rings get of the uplinks; and
// who goes first on one.
#include "flow/fabric.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "base/random.h"
#include "bench/flows/rows.h"
#include "bench/flows/tables_of_numbers.h"
#include "flow/contention.h"
#include "schedule/topology.h"

namespace weir::flows {

namespace {

using Gang = std::vector<std::uint32_t>;
using Paths = std::vector<flow::Fabric::Path>;

constexpr std::array<std::uint32_t, 6> sizes{2, 4, 8, 16, 32, 64};

// In the order of the tree, so that a gang in the order of its numbers crosses as little as can be.
Paths read_paths(const std::string& data) {
  const CsvTable table = read_csv(data + "/alibaba_lingjun2023/topo.csv");
  Paths paths;
  for (const auto& row : table.rows) {
    paths.push_back({row[table.column("DSW")], row[table.column("PSW")], row[table.column("ASW")]});
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Gangs come and go on the hosts; the same ones whatever the placing.
class Churn {
 public:
  Churn(const Paths& paths, std::uint64_t seed, bool near)
      : tree_(paths), near_(near), draws_{seed}, scatters_{seed + 1000} {
    for (std::uint32_t i = 0; i < paths.size(); ++i) free_.push_back(i);
    all_ = free_.size();
  }

  // Until nine tenths are taken, and then one goes for each that comes, so many times.
  std::vector<Gang> play(int comings) {
    while (free_.size() * 10 > all_) come();
    for (int i = 0; i < comings; ++i) {
      go();
      while (free_.size() * 10 > all_) come();
    }
    return gangs_;
  }

 private:
  void come() {
    const auto wanted = sizes[draws_.below(sizes.size())];
    const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(wanted, free_.size()));
    Gang gang;
    if (near_) {
      gang = tree_.choose(free_, size).value();
    } else {
      Gang order = free_;
      scatters_.shuffle(std::span(order));
      gang.assign(order.begin(), order.begin() + size);
      std::sort(gang.begin(), gang.end());
    }
    std::vector<std::uint32_t> rest;
    std::set_difference(free_.begin(), free_.end(), gang.begin(), gang.end(),
                        std::back_inserter(rest));
    free_ = std::move(rest);
    gangs_.push_back(std::move(gang));
  }

  void go() {
    const auto which = gangs_.begin() + static_cast<std::ptrdiff_t>(draws_.below(gangs_.size()));
    free_.insert(free_.end(), which->begin(), which->end());
    std::sort(free_.begin(), free_.end());
    gangs_.erase(which);
  }

  schedule::TopologyTree tree_;
  bool near_;
  base::Random draws_;
  base::Random scatters_;
  std::vector<std::uint32_t> free_;
  std::size_t all_ = 0;
  std::vector<Gang> gangs_;
};

struct SlowDowns {
  std::vector<double> times;

  [[nodiscard]] double mean() const {
    return std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size());
  }
  [[nodiscard]] double p99() {
    std::sort(times.begin(), times.end());
    return times[times.size() * 99 / 100];
  }
};

struct Uplinks {
  std::string name;
  std::array<std::uint32_t, 3> over;  // core, pod, leaf
  bool by_size = true;
};

const std::vector<Uplinks>& settings() {
  static const std::vector<Uplinks> all{
      {"as wide as below", {1'000'000, 1'000'000, 1'000'000}, false},
      {"leaves 2:1", {1'000'000, 1'000'000, 2'000'000}},
      {"leaves 2:1, pods 2:1", {1'000'000, 2'000'000, 2'000'000}, false},
      {"leaves 4:1", {1'000'000, 1'000'000, 4'000'000}}};
  return all;
}

// By size of gang, 0: all.
using BySize = std::map<std::size_t, SlowDowns>;

std::vector<BySize> measure(const Paths& paths, bool near) {
  std::vector<BySize> out(settings().size());
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<Gang> gangs = Churn(paths, seed, near).play(300);
    for (std::size_t i = 0; i < settings().size(); ++i) {
      // The rate is of no account: all of it is in parts of a card.
      const flow::Fabric fabric(paths, 200'000'000'000, settings()[i].over);
      const std::vector<std::int64_t> slow = flow::ring_slow_downs(fabric, gangs);
      for (std::size_t gang = 0; gang < gangs.size(); ++gang) {
        const double times = static_cast<double>(slow[gang]) / 1e6;
        out[i][0].times.push_back(times);
        // Those that were cut to what was free are in the mean alone.
        if (std::ranges::count(sizes, gangs[gang].size()) > 0) {
          out[i][gangs[gang].size()].times.push_back(times);
        }
      }
    }
  }
  return out;
}

Section hosts_of(const Paths& paths) {
  std::map<std::string, std::size_t> pods;
  std::map<std::pair<std::string, std::string>, std::size_t> leaves;
  std::map<std::string, std::map<std::string, int>> names;
  for (const auto& path : paths) {
    ++pods[path[1]];
    ++leaves[{path[1], path[2]}];
    ++names[path[2]][path[1]];
  }
  std::size_t most_pods = 0;
  for (const auto& [name, in] : names) most_pods = std::max(most_pods, in.size());
  std::size_t most_hosts = 0;
  for (const auto& [leaf, hosts] : leaves) most_hosts = std::max(most_hosts, hosts);
  Section section;
  section.title = "Fabric: " + std::to_string(paths.size()) + " hosts of Alibaba's Lingjun (2023)";
  section.text = {
      "What is in the data: of each host its switches of three tiers (ASW, PSW, DSW). All are "
      "below "
      "one DSW group. " +
          std::to_string(names.size()) + " ASW names stand under up to " +
          std::to_string(most_pods) +
          " PSWs each; a name is taken to mean something only under the one above it, which "
          "makes " +
          std::to_string(leaves.size()) + " leaves.",
      "What is not: capacities of links, hence any oversubscription, and how many cards a host "
      "has. "
      "What stands below on them is assumed, and said."};
  section.head = {"pod (PSW)", "hosts", "leaves", "hosts of a leaf: least, median, most"};
  for (const auto& [pod, hosts] : pods) {
    std::vector<std::size_t> counts;
    for (const auto& [leaf, count] : leaves) {
      if (leaf.first == pod) counts.push_back(count);
    }
    std::sort(counts.begin(), counts.end());
    section.rows.push_back({pod, std::to_string(hosts), std::to_string(counts.size()),
                            std::to_string(counts.front()) + ", " +
                                std::to_string(counts[counts.size() / 2]) + ", " +
                                std::to_string(counts.back())});
  }
  return section;
}

void gangs_on(const Paths& paths, Page& page) {
  std::vector<BySize> near = measure(paths, true);
  std::vector<BySize> scattered = measure(paths, false);
  Section section;
  section.title = "Gangs on that fabric, placed near and scattered";
  section.text = {
      "Gangs of 2 to 64 hosts (each size as often) come until nine tenths of the hosts are taken; "
      "then 300 times one that is drawn goes and others come. Placed as Weir does "
      "(`schedule/topology.h`), or on hosts drawn at random; the same gangs, 20 seeds. At the end "
      "all gangs move their rings at once, members in the order of the tree in both cases, links "
      "shared max-min fair (`flow/fabric.h`). How many times longer each ring takes than on its "
      "cards alone: mean and 99th percentile.",
      "Where uplinks are as wide as what is below there is nothing to gain, and narrow uplinks of "
      "pods are seldom felt: in the order of the tree a ring crosses from pod to pod two or three "
      "times. The model spreads a "
      "switch's traffic evenly over its uplinks and has all gangs send all of the time; flows "
      "hashed onto the same uplink would be slower, gangs that compute meanwhile quicker."};
  section.head = {"uplinks (assumed)", "hosts", "near: mean, P99", "scattered: mean, P99"};
  const auto text = [](SlowDowns& slow) {
    return "×" + digits(slow.mean(), 2) + ", ×" + digits(slow.p99(), 2);
  };
  for (std::size_t i = 0; i < settings().size(); ++i) {
    for (auto& [size, slow] : near[i]) {
      // By size only where leaves alone are narrow: elsewhere it looks alike.
      if (size != 0 && !settings()[i].by_size) continue;
      section.rows.push_back({settings()[i].name, size == 0 ? "all" : std::to_string(size),
                              text(slow), text(scattered[i][size])});
    }
  }
  // Leaves 2:1, nothing else assumed.
  SlowDowns& of_near = near[1][0];
  SlowDowns& of_scattered = scattered[1][0];
  section.figures.push_back(
      at_most("rings_near_where_uplinks_are_wide", near[0][0].p99(), "times", 1));
  section.figures.push_back(
      at_most("rings_near_leaves_2_to_1", of_near.mean(), "times", of_scattered.mean()));
  section.figures.push_back(
      at_most("rings_near_leaves_2_to_1_p99", of_near.p99(), "times", of_scattered.p99()));
  section.figures.push_back(
      at_least("rings_near_against_scattered", of_scattered.mean() / of_near.mean(), "times", 1.2));
  page.add(std::move(section));
  Plot plot{"Rings on the fabric, leaves 2:1: how much longer than on their cards alone",
            "times",
            "% of gangs at most",
            false,
            {}};
  plot.lines.push_back(bench::distribution("near", of_near.times, 200));
  plot.lines.push_back(bench::distribution("scattered", of_scattered.times, 200));
  page.add(std::move(plot));
  Plot by_size{"Mean by size of gang, leaves 2:1",
               "hosts",
               "times longer",
               true,
               {{"near", {}}, {"scattered", {}}}};
  for (const std::uint32_t size : sizes) {
    by_size.lines[0].points.emplace_back(size, near[1][size].mean());
    by_size.lines[1].points.emplace_back(size, scattered[1][size].mean());
  }
  page.add(std::move(by_size));
}

// Work is devices × what they compute.
struct Pair {
  std::vector<flow::Iteration> jobs;
  std::array<double, 2> devices{};
};

Pair draw_pair(base::Random& random) {
  Pair pair;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t devices = std::int64_t{8} << random.below(7);
    const std::int64_t compute = random.between(10'000, 20'000) << random.below(6);
    const std::int64_t percent = random.between(10, 60);  // of an iteration on the link
    pair.jobs.push_back(
        {devices * compute, Duration(compute), Duration(compute * percent / (100 - percent))});
    pair.devices[i] = static_cast<double>(devices);
  }
  return pair;
}

void who_goes_first(Page& page) {
  constexpr Duration span = std::chrono::seconds(300);
  constexpr int pairs = 1000;
  base::Random random{1};
  std::array<SlowDowns, 3> busy;  // by intensity, alike, the other way round
  int mean_worse = 0;
  int worse_than_alike = 0;
  int worse_than_reverse = 0;
  for (int i = 0; i < pairs; ++i) {
    const Pair pair = draw_pair(random);
    const auto order = flow::by_intensity(pair.jobs);
    const std::vector<std::size_t> reverse(order.rbegin(), order.rend());
    const __int128 best = flow::work_with(pair.jobs, flow::link_shares(pair.jobs, order)) + 2;
    if (best < flow::work_with(pair.jobs, flow::link_shares(pair.jobs, reverse)) ||
        best < flow::work_with(pair.jobs, flow::fair_link_shares(pair.jobs))) {
      ++mean_worse;
    }
    const auto part = [&](const std::vector<std::int64_t>& done) {
      double computed = 0;
      for (std::size_t k = 0; k < 2; ++k) {
        computed += static_cast<double>(done[k]) * static_cast<double>(pair.jobs[k].work);
      }
      return 100 * computed /
             ((pair.devices[0] + pair.devices[1]) * static_cast<double>(span.count()));
    };
    const double first = part(flow::iterations_by_order(pair.jobs, order, span));
    const double alike = part(flow::iterations_alike(pair.jobs, span));
    const double last = part(flow::iterations_by_order(pair.jobs, reverse, span));
    busy[0].times.push_back(first);
    busy[1].times.push_back(alike);
    busy[2].times.push_back(last);
    // A tenth of a percent is an iteration more or less at the end.
    worse_than_alike += first < alike * 0.999 ? 1 : 0;
    worse_than_reverse += first < last * 0.999 ? 1 : 0;
  }
  Section section;
  section.title = "Two jobs on one uplink: the more intense first";
  section.text = {
      "1,000 pairs drawn: 8 to 512 devices, iterations that compute for 10 to 640 ms and spend 10 "
      "to "
      "60% of their time on the link they share. Phase by phase for five minutes: who brings more "
      "work for each moment of the link goes first (Crux's intensity), both alike, or the other "
      "way "
      "round. Devices that compute, in percent of all of both jobs' devices' time.",
      "On the mean (link time as a fluid) first by intensity is never worse: counted. Phase by "
      "phase "
      "it can be, where the more intense job has the longer strides: counted too. Crux corrects "
      "its "
      "ranks for that by trial; this does not."};
  section.head = {"order", "devices that compute", "pairs where intensity first is worse"};
  const auto percent = [](int count) { return digits(100.0 * count / pairs, 1) + "%"; };
  section.rows.push_back({"intensity first", digits(busy[0].mean(), 2) + "%", ""});
  section.rows.push_back({"alike", digits(busy[1].mean(), 2) + "%", percent(worse_than_alike)});
  section.rows.push_back(
      {"the reverse", digits(busy[2].mean(), 2) + "%", percent(worse_than_reverse)});
  section.figures.push_back(at_most("intensity_worse_on_the_mean", mean_worse, "pairs", 0));
  section.figures.push_back(
      at_least("intensity_first_against_alike", busy[0].mean() / busy[1].mean(), "times", 1));
  section.figures.push_back(
      at_least("intensity_first_against_reverse", busy[0].mean() / busy[2].mean(), "times", 1));
  page.add(std::move(section));
}

}  // namespace

void fabric_rows(const std::string& data, Page& page) {
  const Paths paths = read_paths(data);
  page.add(hosts_of(paths));
  gangs_on(paths, page);
  who_goes_first(page);
}

}  // namespace weir::flows
