// Bytes between sites as they really move in the twin, and work that fetches its own data.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "flow/sharing.h"
#include "twin/scenario.h"
#include "twin/trial.h"
#include "twin/wide_net.h"

namespace weir::twin {
namespace {

using base::Duration;
using base::Time;

// Each flow alone on a link of a gigabit takes 8 ns a byte; beside others it is served alike. The
// fluid model of flow/sharing.h, made for any network, is the oracle.
RC_GTEST_PROP(WideNet, flows_on_one_link_end_as_fair_fluids_do, (std::uint64_t seed)) {
  base::Random random{seed};
  model::NetworkTable table;
  table.links.push_back({"a", "b", 1'000'000'000, 0, 0, std::nullopt});
  WideNet net(table);
  const std::vector<flow::SharedLink> links{{1'000'000'000, Duration(0)}};
  std::vector<flow::Transfer> transfers;
  Time start{};
  for (std::uint64_t i = 0, count = 1 + random.below(20); i < count; ++i) {
    start += Duration(random.below(500'000));
    transfers.push_back(
        {start, static_cast<std::int64_t>(1 + random.below(200'000'000)), {0}, 1, {}});
  }
  const std::vector<Time> expected = flow::ends_of(links, transfers);
  std::vector<Time> ends(transfers.size());
  std::size_t begun = 0;
  while (begun < transfers.size() || net.next()) {
    const bool begins =
        begun < transfers.size() && (!net.next() || transfers[begun].start <= *net.next());
    if (begins) {
      const flow::Transfer& transfer = transfers[begun++];
      RC_ASSERT(net.begin("a", "b", transfer.bytes, transfer.start) == begun);
      continue;
    }
    const Time now = *net.next();
    for (const std::uint64_t flow : net.arrived(now)) ends[flow - 1] = now;
  }
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto off = std::abs((ends[i] - expected[i]).count());
    RC_ASSERT(off <= static_cast<std::int64_t>(2 * transfers.size()));
  }
}

TEST(WideNet, what_is_dropped_leaves_its_share_to_others) {
  model::NetworkTable table;
  table.links.push_back({"a", "b", 8'000'000, 0, 0, std::nullopt});  // a megabyte a second
  WideNet net(table);
  const std::uint64_t one = net.begin("a", "b", 10'000'000, Time{});
  const std::uint64_t two = net.begin("a", "b", 10'000'000, Time{});
  EXPECT_EQ(*net.next(), Time(std::chrono::seconds(20)));
  net.drop(one, Time(std::chrono::seconds(10)));  // five megabytes of each have come
  EXPECT_EQ(*net.next(), Time(std::chrono::seconds(15)));
  EXPECT_EQ(net.arrived(Time(std::chrono::seconds(15))), std::vector<std::uint64_t>{two});
  EXPECT_EQ(net.next(), std::nullopt);
}

// Two sites, one link of ten gigabits; who reads what lies in the east, where there is little room.
std::string scenario(const std::string& flows, const std::string& more = "") {
  return "{seed: 3, sites: [{name: east, pools: [{count: 1, cpus: 8}]}, "
         "{name: west, pools: [{count: 4, cpus: 8}]}], policy: {flows: " +
         flows +
         "}, network: {told: {links: ["
         "{from: east, to: west, bandwidth_bps: 10000000000, rtt_us: 30000, "
         "price_micro_cny_per_gb: 50000}, "
         "{from: west, to: east, bandwidth_bps: 10000000000, rtt_us: 30000}]}}, "
         "workload: {datasets: {count: 10, least_bytes: 1000000000, most_bytes: 1000000000000, "
         "homes: [{site: east}]}" +
         more + ", synthetic: {jobs: 120, every: 8m, mix: [{cpus: 4, run_time: 20m..2h}]}}}";
}

Figures run(const std::string& yaml) {
  auto read = parse_scenario(yaml, "scenario");
  EXPECT_TRUE(read) << read.error().text();
  EXPECT_TRUE(read_files(*read));
  const auto work = load_work(*read);
  EXPECT_TRUE(work);
  return run_trial(*read, work->jobs);
}

TEST(WideNet, each_flow_may_be_left_out) {
  const Figures all = run(scenario("{}"));
  const Figures blind = run(scenario("{data: false, network: false}"));
  const Figures shared = run(scenario("{network: false}"));
  const Figures home = run(scenario("{data: false}", ", stays_home: true"));
  for (const Figures* figures : {&all, &blind, &shared, &home}) {
    EXPECT_EQ(figures->jobs.ended, 120U);
    ASSERT_TRUE(figures->data);
  }
  // What is looked after comes before anything is held; what is not, after.
  EXPECT_GT(all.data->staging.count, 0U);
  EXPECT_EQ(all.data->fetching.count, 0U);
  EXPECT_EQ(blind.data->staging.count, 0U);
  EXPECT_GT(blind.data->fetching.count, 0U);
  EXPECT_GT(shared.data->staging.count, 0U);
  EXPECT_GT(all.data->wan_bytes, 0);
  EXPECT_GT(all.data->micro_cny, 0);
  // Who stays at home has no data to fetch, and waits for longest.
  EXPECT_EQ(home.data->wan_bytes, 0);
  EXPECT_GT(home.completion.mean_s, all.completion.mean_s);
  // Devices are not held while data comes.
  const auto held = [](const Figures& figures) {
    return figures.resources.front().allocated_hours - figures.resources.front().busy_hours;
  };
  EXPECT_NEAR(held(all), 0, 1e-6);
  EXPECT_GT(held(blind), 0);
}

TEST(WideNet, the_same_scenario_gives_the_same_bytes) {
  EXPECT_EQ(run(scenario("{}")), run(scenario("{}")));
  EXPECT_EQ(run(scenario("{network: false}")), run(scenario("{network: false}")));
}

}  // namespace
}  // namespace weir::twin
