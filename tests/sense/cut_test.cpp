#include "sense/cut.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace weir::sense {
namespace {

constexpr std::int64_t gibibyte = std::int64_t{1} << 30;

// `nodes` NUMA nodes of `cpus` processors each, numbered through.
Machine machine_of(int nodes, int cpus, std::optional<std::int64_t> memory_bytes) {
  Machine machine;
  machine.host_name = "box";
  for (int node = 0; node < nodes; ++node) {
    NumaNode numa;
    numa.index = node;
    numa.cpus = static_cast<std::uint32_t>(cpus);
    for (int i = 0; i < cpus; ++i) numa.cpu_indexes.push_back(node * cpus + i);
    machine.cpu_indexes.insert(machine.cpu_indexes.end(), numa.cpu_indexes.begin(),
                               numa.cpu_indexes.end());
    machine.numa.push_back(numa);
  }
  machine.cpus = static_cast<std::uint32_t>(nodes * cpus);
  machine.memory_bytes = memory_bytes;
  return machine;
}

void add_devices(Machine& machine, int count, const std::string& model,
                 const std::function<std::optional<int>(int)>& numa_node) {
  for (int i = 0; i < count; ++i) {
    Device device;
    device.model = model;
    device.pci_address = fmt::format("0000:{:02x}:00.0", machine.devices.size());
    device.numa_node = numa_node(i);
    machine.devices.push_back(device);
  }
}

std::vector<NodeShare> cut(const Machine& machine, std::uint32_t nodes) {
  const auto shares = cut_machine(machine, nodes);
  if (!shares) throw std::runtime_error(shares.error().text());
  return *shares;
}

TEST(CutMachine, gives_the_whole_machine_to_a_single_node) {
  auto machine = machine_of(1, 4, 16 * gibibyte);
  add_devices(machine, 2, "nvidia-l4", [](int) { return 0; });
  const NodeShare expected{
      "box", 4, {0, 1, 2, 3}, false, memory_for_work(16 * gibibyte) >> 20 << 20, {0, 1}};
  EXPECT_EQ(cut(machine, 1), std::vector<NodeShare>{expected});
}

TEST(CutMachine, ends_shares_at_numa_boundaries_and_keeps_devices_near) {
  auto machine = machine_of(2, 8, 64 * gibibyte);
  add_devices(machine, 8, "nvidia-h100", [](int i) { return i / 4; });
  auto shares = cut(machine, 2);
  EXPECT_EQ(shares[0].cpu_indexes, machine.numa[0].cpu_indexes);
  EXPECT_EQ(shares[1].cpu_indexes, machine.numa[1].cpu_indexes);
  EXPECT_EQ(shares[0].devices, (std::vector<std::size_t>{0, 1, 2, 3}));
  EXPECT_EQ(shares[1].devices, (std::vector<std::size_t>{4, 5, 6, 7}));
  EXPECT_EQ(shares[0].name, "box-0");
  EXPECT_EQ(shares[1].name, "box-1");
  shares = cut(machine, 4);
  EXPECT_EQ(shares[1].cpu_indexes, (std::vector<int>{4, 5, 6, 7}));
  EXPECT_EQ(shares[1].devices, (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(shares[2].devices, (std::vector<std::size_t>{4, 6}));
}

TEST(CutMachine, deals_devices_evenly_though_all_are_at_one_numa_node) {
  auto machine = machine_of(2, 8, 64 * gibibyte);
  add_devices(machine, 8, "nvidia-h100", [](int) { return 0; });
  const auto shares = cut(machine, 2);
  EXPECT_EQ(shares[0].devices.size(), 4U);
  EXPECT_EQ(shares[1].devices.size(), 4U);
}

TEST(CutMachine, deals_each_model_evenly) {
  auto machine = machine_of(1, 8, 64 * gibibyte);
  add_devices(machine, 2, "nvidia-h100", [](int) { return std::nullopt; });
  add_devices(machine, 2, "ascend-910b", [](int) { return std::nullopt; });
  const auto shares = cut(machine, 2);
  EXPECT_EQ(shares[0].devices, (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(shares[1].devices, (std::vector<std::size_t>{1, 3}));
}

TEST(CutMachine, shares_processors_where_there_are_more_nodes_than_processors) {
  const auto shares = cut(machine_of(1, 2, 8 * gibibyte), 4);
  ASSERT_EQ(shares.size(), 4U);
  const std::vector<std::vector<int>> expected = {{0}, {0}, {1}, {1}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(shares[i].cpu_indexes, expected[i]);
    EXPECT_EQ(shares[i].cpus, 1U);
    EXPECT_TRUE(shares[i].shared);
  }
  // Three nodes on two processors: one of them has its own.
  const auto three = cut(machine_of(1, 2, 8 * gibibyte), 3);
  EXPECT_EQ((std::vector<bool>{three[0].shared, three[1].shared, three[2].shared}),
            (std::vector<bool>{true, true, false}));
}

TEST(CutMachine, shares_processor_time_where_the_quota_pays_for_fewer_than_there_are_nodes) {
  auto machine = machine_of(1, 8, 8 * gibibyte);
  machine.cpus = 2;
  const auto shares = cut(machine, 4);
  for (const auto& share : shares) {
    EXPECT_EQ(share.cpus, 1U);
    EXPECT_EQ(share.cpu_indexes.size(), 2U);
    EXPECT_TRUE(share.shared);
  }
  EXPECT_FALSE(cut(machine, 2)[0].shared);
}

TEST(CutMachine, refuses_no_nodes_too_many_and_an_unknown_machine) {
  const auto machine = machine_of(1, 2, 8 * gibibyte);
  const auto none = cut_machine(machine, 0);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().text(), "nodes: a machine is cut into 1 to 4096 nodes, not 0");
  EXPECT_FALSE(cut_machine(machine, most_node_shares + 1).has_value());
  const auto unknown = cut_machine(Machine{}, 1);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, base::ErrorCode::unavailable);
}

TEST(CutMachine, leaves_unknown_memory_unknown) {
  const auto shares = cut(machine_of(1, 2, std::nullopt), 2);
  EXPECT_EQ(shares[0].memory_bytes, std::nullopt);
}

TEST(MemoryForWork, leaves_the_system_a_tenth_within_bounds) {
  EXPECT_EQ(memory_for_work(gibibyte / 2), gibibyte / 4);      // never more than half
  EXPECT_EQ(memory_for_work(4 * gibibyte), 7 * gibibyte / 2);  // at least 512 MiB
  EXPECT_EQ(memory_for_work(100 * gibibyte), 90 * gibibyte);
  EXPECT_EQ(memory_for_work(2048 * gibibyte), 2032 * gibibyte);  // at most 16 GiB
}

RC_GTEST_PROP(CutMachine, loses_nothing_and_is_even, ()) {
  auto machine = machine_of(*rc::gen::inRange(1, 5), *rc::gen::inRange(1, 20),
                            *rc::gen::inRange<std::int64_t>(1, 4096) * gibibyte / 4);
  const int nodes_of_numa = static_cast<int>(machine.numa.size());
  for (const char* model : {"nvidia-h100", "ascend-910b"}) {
    add_devices(machine, *rc::gen::inRange(0, 12), model, [&](int) -> std::optional<int> {
      const int node = *rc::gen::inRange(-1, nodes_of_numa);
      return node < 0 ? std::nullopt : std::optional(node);
    });
  }
  const auto count = *rc::gen::inRange<std::uint32_t>(1, 100);
  const auto shares = cut(machine, count);
  RC_ASSERT(shares.size() == count);

  std::map<int, int> users;
  std::vector<std::size_t> devices;
  std::set<std::string> names;
  std::int64_t memory = 0;
  for (const auto& share : shares) {
    RC_ASSERT(share.cpus >= 1U);
    RC_ASSERT(share.cpu_indexes.size() == share.cpus);
    for (const int index : share.cpu_indexes) ++users[index];
    devices.insert(devices.end(), share.devices.begin(), share.devices.end());
    memory += *share.memory_bytes;
    RC_ASSERT(names.insert(share.name).second);
  }
  RC_ASSERT(users.size() == machine.cpu_indexes.size());
  for (const auto& share : shares) {
    const bool used_by_others =
        std::ranges::any_of(share.cpu_indexes, [&](int index) { return users.at(index) > 1; });
    RC_ASSERT(share.shared == used_by_others);
  }
  RC_ASSERT(memory <= memory_for_work(*machine.memory_bytes));
  const auto [fewest, most] = std::ranges::minmax(shares, {}, &NodeShare::cpus);
  RC_ASSERT(most.cpus - fewest.cpus <= 1U);

  std::ranges::sort(devices);
  RC_ASSERT(devices.size() == machine.devices.size());
  for (std::size_t i = 0; i < devices.size(); ++i) RC_ASSERT(devices[i] == i);
  for (const char* model : {"nvidia-h100", "ascend-910b"}) {
    std::vector<std::ptrdiff_t> counts;
    counts.reserve(shares.size());
    for (const auto& share : shares) {
      counts.push_back(std::ranges::count_if(
          share.devices, [&](std::size_t i) { return machine.devices[i].model == model; }));
    }
    RC_ASSERT(std::ranges::max(counts) - std::ranges::min(counts) <= 1);
  }
}

}  // namespace
}  // namespace weir::sense
