#include "sense/cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace weir::sense {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

// The first of the items that share `index` of `shares` has of `items`.
std::size_t begin_of(std::size_t index, std::size_t items, std::size_t shares) {
  return index * items / shares;
}

// `budget` is how many processors may be busy: below the number of `indexes` under a quota.
void deal_processors(const std::vector<int>& indexes, std::size_t budget,
                     std::vector<NodeShare>& shares) {
  const std::size_t count = shares.size();
  std::map<int, std::uint32_t> users;  // of each processor
  for (std::size_t i = 0; i < count; ++i) {
    auto& share = shares[i];
    const auto begin = begin_of(i, indexes.size(), count);
    const auto end = std::max(begin_of(i + 1, indexes.size(), count), begin + 1);
    for (auto at = begin; at < end; ++at) {
      share.cpu_indexes.push_back(indexes[at]);
      ++users[indexes[at]];
    }
    const auto paid = begin_of(i + 1, budget, count) - begin_of(i, budget, count);
    share.cpus = static_cast<std::uint32_t>(std::max<std::size_t>(paid, 1));
  }
  const bool overdrawn = budget < indexes.size() && count > budget;
  for (auto& share : shares) {
    share.shared = overdrawn || std::ranges::any_of(share.cpu_indexes,
                                                    [&](int index) { return users.at(index) > 1; });
  }
}

void deal_memory(const Machine& machine, std::vector<NodeShare>& shares) {
  if (!machine.memory_bytes) return;
  const auto each = memory_for_work(*machine.memory_bytes) / std::ssize(shares);
  for (auto& share : shares) share.memory_bytes = each / mebibyte * mebibyte;
}

// Which NUMA nodes each share has processors of.
std::vector<std::set<int>> numa_of_shares(const Machine& machine,
                                          const std::vector<NodeShare>& shares) {
  std::map<int, int> node_of_processor;
  for (const auto& node : machine.numa) {
    for (const int index : node.cpu_indexes) node_of_processor[index] = node.index;
  }
  std::vector<std::set<int>> nodes(shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    for (const int index : shares[i].cpu_indexes) {
      const auto found = node_of_processor.find(index);
      if (found != node_of_processor.end()) nodes[i].insert(found->second);
    }
  }
  return nodes;
}

void deal_devices(const Machine& machine, std::vector<NodeShare>& shares) {
  const auto numa = numa_of_shares(machine, shares);
  using Kind = std::tuple<std::uint32_t, std::uint32_t, std::string>;  // equal devices
  std::map<Kind, std::vector<std::size_t>> kinds;
  for (std::size_t i = 0; i < machine.devices.size(); ++i) {
    const auto& device = machine.devices[i];
    kinds[{device.pci_vendor, device.pci_device, device.model}].push_back(i);
  }
  for (const auto& [kind, indexes] : kinds) {
    const std::size_t base = indexes.size() / shares.size();
    std::size_t extras = indexes.size() % shares.size();  // shares that may have one more
    std::vector<std::size_t> dealt(shares.size(), 0);
    for (const auto index : indexes) {
      const auto node = machine.devices[index].numa_node;
      std::size_t best = shares.size();
      std::tuple<bool, std::size_t, std::size_t> best_rank;
      for (std::size_t i = 0; i < shares.size(); ++i) {
        if (dealt[i] > base || (dealt[i] == base && extras == 0)) continue;
        const bool remote = node && !numa[i].contains(*node);
        const std::tuple rank(remote, dealt[i], shares[i].devices.size());
        if (best == shares.size() || rank < best_rank) {
          best = i;
          best_rank = rank;
        }
      }
      if (dealt[best]++ == base) --extras;
      shares[best].devices.push_back(index);
    }
  }
  for (auto& share : shares) std::ranges::sort(share.devices);
}

}  // namespace

std::int64_t memory_for_work(std::int64_t memory_bytes) {
  const auto reserve =
      std::clamp(memory_bytes / 10, std::int64_t{512} * mebibyte, std::int64_t{16384} * mebibyte);
  return memory_bytes - std::min(reserve, memory_bytes / 2);
}

base::Result<std::vector<NodeShare>> cut_machine(const Machine& machine, std::uint32_t nodes) {
  if (nodes == 0 || nodes > most_node_shares) {
    return base::fail(
        base::ErrorCode::invalid,
        fmt::format("a machine is cut into 1 to {} nodes, not {}", most_node_shares, nodes),
        "nodes");
  }
  if (!machine.cpus || machine.cpu_indexes.empty()) {
    return base::fail(base::ErrorCode::unavailable,
                      "the machine cannot be cut into nodes: its processors are unknown");
  }
  const std::string host = machine.host_name.empty() ? "node" : machine.host_name;
  std::vector<NodeShare> shares(nodes);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    shares[i].name = nodes == 1 ? host : fmt::format("{}-{}", host, i);
  }
  deal_processors(machine.cpu_indexes, *machine.cpus, shares);
  deal_memory(machine, shares);
  deal_devices(machine, shares);
  return shares;
}

}  // namespace weir::sense
