// Shares of devices: what fits, what is left, and which device a share is taken of.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "schedule/filter.h"
#include "schedule/forecast.h"
#include "schedule/fragmentation.h"
#include "schedule/place.h"
#include "schedule/timeline.h"
#include "schedule/usual_work.h"

namespace weir::schedule::test {
namespace {

using model::PlacingRule;

model::Node node_of(std::uint32_t cpus, std::size_t devices) {
  model::Node node;
  node.cpus = cpus;
  node.devices.resize(devices);
  for (model::Device& device : node.devices) device.model = "a100";
  return node;
}

model::ResourceOption asks(std::uint32_t cpus, std::uint32_t device_milli) {
  model::ResourceOption option;
  option.cpus = cpus;
  option.devices = {{"a100", std::max(1U, device_milli / model::whole_device_milli)}};
  option.device_milli = std::min(device_milli, model::whole_device_milli);
  return option;
}

// One rank, placed and taken; none where it does not fit.
std::optional<model::RankPlacement> put(Capacity& capacity, const model::ResourceOption& option,
                                        const Placing& placing = {}) {
  const auto ranks = place(capacity, 1, option, placing);
  if (!ranks) return std::nullopt;
  capacity.take(*ranks);
  return ranks->front();
}

TEST(DeviceShare, goes_where_the_least_of_a_device_is_left_over) {
  Capacity capacity(std::vector{node_of(16, 4)});
  EXPECT_EQ(put(capacity, asks(1, 600))->devices, (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(put(capacity, asks(1, 700))->devices, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(put(capacity, asks(1, 250))->devices, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(put(capacity, asks(1, 400))->devices, (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(capacity.free_of(0).devices_milli(), 2050);
  EXPECT_EQ(put(capacity, asks(1, 2000))->devices, (std::vector<std::uint32_t>{2, 3}));
  EXPECT_FALSE(put(capacity, asks(1, 51)));
  EXPECT_TRUE(put(capacity, asks(1, 50)));
}

TEST(DeviceShare, spread_takes_what_has_the_most_left) {
  Capacity capacity(std::vector{node_of(16, 2)});
  const Placing spread{PlacingRule::spread, 0, nullptr};
  EXPECT_EQ(put(capacity, asks(1, 300), spread)->devices, (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(put(capacity, asks(1, 400), spread)->devices, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(put(capacity, asks(1, 100), spread)->devices, (std::vector<std::uint32_t>{0}));
}

TEST(DeviceShare, no_more_devices_of_a_node_are_shared_than_may_be) {
  Capacity capacity(std::vector{node_of(64, shared_devices_most + 2)});
  for (std::size_t i = 0; i < shared_devices_most; ++i) ASSERT_TRUE(put(capacity, asks(1, 600)));
  EXPECT_FALSE(put(capacity, asks(1, 600)));
  EXPECT_TRUE(put(capacity, asks(1, 400)));
  EXPECT_TRUE(put(capacity, asks(1, 2000)));
}

TEST(DeviceShare, why_it_does_not_fit_is_said_of_one_device) {
  Capacity capacity(std::vector{node_of(16, 1)});
  ASSERT_TRUE(put(capacity, asks(1, 750)));
  EXPECT_EQ(not_now(capacity, 1, asks(1, 500))->message,
            "asks for 0.5 a100 on one device; the most that one device has free is 0.25");
  ASSERT_TRUE(put(capacity, asks(1, 250)));
  EXPECT_EQ(not_now(capacity, 1, asks(1, 500))->message,
            "asks for 0.5 a100 on one device; no node here has free any");
}

// ---- times to come

TEST(DeviceShare, a_device_comes_free_with_the_last_of_those_who_share_it) {
  const base::Time now = base::time_from_us(1'000'000'000'000);
  const auto in = [&](int minutes) { return now + std::chrono::minutes(minutes); };
  Capacity capacity(std::vector{node_of(16, 1)});
  Timeline timeline(1);
  std::vector<model::RankPlacement> ranks;
  for (const int minutes : {30, 10, 20}) {
    ranks.push_back(*put(capacity, asks(1, 250)));
    timeline.add_hold(capacity, {&ranks.back(), 1}, in(minutes));
  }
  const Stay stay{std::chrono::minutes(5), 0, false};
  EXPECT_EQ(timeline.earliest(capacity, 1, asks(1, 1000), stay, now)->start, in(30));
  timeline.remove_hold(capacity, {&ranks[0], 1}, in(30));
  capacity.release({&ranks[0], 1});
  EXPECT_EQ(timeline.earliest(capacity, 1, asks(1, 1000), stay, now)->start, in(20));
  // Of what is not free now, a share is promised a whole one.
  EXPECT_EQ(timeline.earliest(capacity, 1, asks(1, 600), stay, now)->start, in(20));
}

TEST(DeviceShare, a_forecast_begins_it_now_where_a_device_is_shared_already) {
  const base::Time now = base::time_from_us(1'000'000'000'000);
  Capacity capacity(std::vector{node_of(16, 1)});
  Timeline timeline(1);
  const model::RankPlacement rank = *put(capacity, asks(1, 500));
  timeline.add_hold(capacity, {&rank, 1}, now + std::chrono::minutes(30));
  Forecast forecast({{1, &capacity, &timeline}}, now);
  const Request request{1, {asks(1, 250)}, false};
  const WaitingWork waiting{&request, 0, 1, 0, {}, std::chrono::minutes(10)};
  EXPECT_EQ(forecast.add(waiting)->time, now);
  EXPECT_EQ(forecast.add(waiting)->time, now);
  EXPECT_EQ(forecast.add(waiting)->time, now + std::chrono::minutes(30));
}

// ---- against simple models

RC_GTEST_PROP(DeviceShare, what_is_taken_and_given_back_is_counted_by_device,
              (std::uint64_t seed)) {
  base::Random random{seed};
  const std::size_t devices = 1 + random.below(4);
  Capacity capacity(std::vector{node_of(64, devices)});
  const Capacity before = capacity;
  std::vector<std::uint32_t> left(devices, model::whole_device_milli);
  std::vector<model::RankPlacement> taken;
  for (int step = 0; step < 60; ++step) {
    if (!taken.empty() && random.chance(2, 5)) {
      std::swap(taken[static_cast<std::size_t>(random.below(taken.size()))], taken.back());
      for (const std::uint32_t device : taken.back().devices) {
        left[device] += taken.back().device_milli;
      }
      capacity.release({&taken.back(), 1});
      taken.pop_back();
    } else {
      const auto milli = static_cast<std::uint32_t>(
          random.chance(1, 4) ? 1000 * (1 + random.below(2)) : 100 * (1 + random.below(9)));
      const auto option = asks(1, milli);
      const auto enough = std::count_if(left.begin(), left.end(), [&](std::uint32_t each) {
        return each >= option.device_milli;
      });
      const auto rank = put(capacity, option);
      RC_ASSERT(rank.has_value() == (enough >= option.devices[0].count));
      if (!rank) continue;
      for (const std::uint32_t device : rank->devices) {
        RC_ASSERT(left[device] >= rank->device_milli);
        left[device] -= rank->device_milli;
      }
      taken.push_back(*rank);
    }
    for (std::uint32_t i = 0; i < devices; ++i) RC_ASSERT(capacity.device_left(0, i) == left[i]);
  }
  for (const model::RankPlacement& rank : taken) capacity.release({&rank, 1});
  RC_ASSERT(capacity.pools()[0].free == before.pools()[0].free);
}

SmallRequest small(const model::ResourceOption& option) {
  return {option.cpus * 1000, option.devices[0].count,
          static_cast<std::int32_t>(option.device_milli), 0};
}

// The method of schedule/fragmentation.h, node by node and device by device.
RC_GTEST_PROP(DeviceShare, by_fragmentation_it_goes_where_the_authors_put_it,
              (std::uint64_t seed)) {
  base::Random random{seed};
  const auto any = [&] {
    const auto milli = static_cast<std::uint32_t>(
        random.chance(1, 3) ? 1000 * (1 + random.below(3)) : 100 * (1 + random.below(9)));
    return asks(static_cast<std::uint32_t>(1 + random.below(6)), milli);
  };
  std::vector<UsualDemand> seen;
  for (std::uint64_t i = 1 + random.below(5); i > 0; --i) {
    seen.push_back({{any()}, random.between(1, 9)});
  }
  const UsualWork usual = usual_work(seen);
  UsualRequests requests{{}, usual.ranks};
  for (const UsualDemand& each : usual.demands) {
    requests.requests.push_back({small(each.options[0]), each.ranks});
  }
  std::vector<model::Node> nodes;
  std::vector<FreeNode> free;
  for (std::uint64_t i = 1 + random.below(5); i > 0; --i) {
    const auto cpus = static_cast<std::uint32_t>(4 + random.below(20));
    nodes.push_back(node_of(cpus, 1 + random.below(4)));
    free.push_back({cpus * 1000, 0,
                    std::vector<std::int32_t>(nodes.back().devices.size(), whole_device_milli)});
  }
  Capacity capacity(nodes);
  for (int step = 0; step < 20; ++step) {
    const model::ResourceOption option = any();
    std::optional<std::pair<std::uint32_t, Use>> best;
    for (std::uint32_t node = 0; node < free.size(); ++node) {
      auto use = best_use(free[node], small(option), requests);
      if (use && (!best || use->score > best->second.score)) best = std::pair(node, *use);
    }
    const auto rank = put(capacity, option, {PlacingRule::fragmentation, 0, &usual});
    RC_ASSERT(rank.has_value() == best.has_value());
    if (!rank) continue;
    RC_ASSERT(rank->node == best->first);
    RC_ASSERT(rank->devices == best->second.devices);
    take(free[best->first], small(option), best->second.devices);
  }
}

}  // namespace
}  // namespace weir::schedule::test
