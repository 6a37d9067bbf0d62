#include "schedule/capacity.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "schedule/place.h"
#include "tests/schedule/support/made_up.h"

namespace weir::schedule::test {
namespace {

using Placement = std::vector<model::RankPlacement>;

// As much of `asks` as finds a place, one after the other.
std::vector<Placement> fill(Capacity& capacity, const std::vector<model::ResourceOption>& asks) {
  std::vector<Placement> taken;
  for (const model::ResourceOption& ask : asks) {
    auto ranks = place(capacity, 1, ask);
    if (!ranks) continue;
    capacity.take(*ranks);
    taken.push_back(std::move(*ranks));
  }
  return taken;
}

RC_GTEST_PROP(Capacity, what_is_taken_and_given_back_leaves_it_as_it_was, ()) {
  const auto nodes = *any_nodes();
  const auto asks = *rc::gen::container<std::vector<model::ResourceOption>>(any_option());
  Capacity capacity(nodes);
  const Capacity before = capacity;
  std::vector<Placement> taken = fill(capacity, asks);
  // Given back in another order than taken.
  while (!taken.empty()) {
    const auto which = *rc::gen::inRange<std::size_t>(0, taken.size());
    capacity.release(taken[which]);
    taken.erase(taken.begin() + static_cast<std::ptrdiff_t>(which));
  }
  for (std::size_t pool = 0; pool < before.pools().size(); ++pool) {
    RC_ASSERT(capacity.pools()[pool].free == before.pools()[pool].free);
  }
}

RC_GTEST_PROP(Capacity, no_node_is_ever_over_committed, ()) {
  const auto nodes = *any_nodes();
  const auto asks = *rc::gen::container<std::vector<model::ResourceOption>>(any_option());
  Capacity capacity(nodes);
  const std::vector<Placement> taken = fill(capacity, asks);
  for (std::uint32_t node = 0; node < nodes.size(); ++node) {
    std::uint32_t cpus = 0;
    std::int64_t memory = 0;
    std::map<std::uint32_t, std::uint32_t> held_milli;  // by device
    for (const Placement& ranks : taken) {
      for (const model::RankPlacement& rank : ranks) {
        if (rank.node != node) continue;
        cpus += rank.cpus;
        memory += rank.memory_bytes;
        for (const std::uint32_t device : rank.devices) {
          RC_ASSERT((held_milli[device] += rank.device_milli) <= model::whole_device_milli);
          RC_ASSERT(!nodes[node].devices[device].model.empty());
        }
      }
    }
    RC_ASSERT(cpus <= nodes[node].cpus);
    RC_ASSERT(memory <= nodes[node].memory_bytes);
    RC_ASSERT(capacity.free_of(node).cpus == nodes[node].cpus - cpus);
    RC_ASSERT(capacity.free_of(node).memory_bytes == nodes[node].memory_bytes - memory);
  }
}

RC_GTEST_PROP(Capacity, every_node_stands_in_the_bucket_of_what_it_has_free, ()) {
  const auto nodes = *any_nodes();
  const auto asks = *rc::gen::container<std::vector<model::ResourceOption>>(any_option());
  Capacity capacity(nodes);
  (void)fill(capacity, asks);
  std::size_t counted = 0;
  for (const Pool& pool : capacity.pools()) {
    for (const auto& [shape, members] : pool.free) {
      RC_ASSERT(!members.empty());
      counted += members.size();
      members.for_each([&, free = shape](std::uint32_t node) {
        RC_ASSERT(capacity.free_of(node) == free);
        RC_ASSERT(&capacity.pool_of(node) == &pool);
        return true;
      });
    }
  }
  RC_ASSERT(counted == nodes.size());
}

TEST(CapacityDeathTest, giving_a_device_twice_is_our_own_mistake) {
  model::Node node;
  node.cpus = 4;
  node.devices.emplace_back().model = "nvidia-h100";
  Capacity capacity(std::vector{node});
  const Placement ranks{{0, 1, 0, {0}}};
  capacity.take(ranks);
  EXPECT_DEATH(capacity.take(ranks), "a device has one holder");
}

TEST(Capacity, devices_that_nobody_could_name_are_given_to_nobody) {
  model::Node node;
  node.cpus = 1;
  node.devices.emplace_back();
  const Capacity capacity(std::vector{node});
  EXPECT_EQ(capacity.free_of(0).device_total, 0U);
}

}  // namespace
}  // namespace weir::schedule::test
