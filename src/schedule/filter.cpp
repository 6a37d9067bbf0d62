#include "schedule/filter.h"

#include <algorithm>
#include <vector>

#include "base/quantity.h"

namespace weir::schedule {
namespace {

using model::Obstacle;

std::uint32_t device_count(const Shape& shape, const std::string& model) {
  for (const model::DeviceCount& have : shape.devices) {
    if (have.model == model) return have.count;
  }
  return 0;
}

std::string plural(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// The limit that the best of `shapes` fails first, for a single rank.
template <typename Shapes>
Obstacle first_limit(const Shapes& shapes, const model::ResourceOption& option,
                     const std::string& largest, const std::string& has) {
  for (const model::DeviceCount& wanted : option.devices) {
    std::uint32_t most = 0;
    for (const auto& [shape, nodes] : shapes)
      most = std::max(most, device_count(shape, wanted.model));
    if (most < wanted.count) {
      const std::string what = std::to_string(wanted.count) + " " + wanted.model;
      return {"devices",
              "asks for " + what + " on one node; " +
                  (most == 0 ? "no node here " + has + " any"
                             : "the most that one node " + has + " is " + std::to_string(most)),
              false};
    }
  }
  std::uint32_t cpus = 0;
  std::int64_t memory = 0;
  for (const auto& [shape, nodes] : shapes) {
    cpus = std::max(cpus, shape.cpus);
    memory = std::max(memory, shape.memory_bytes);
  }
  if (cpus < option.cpus) {
    return {"cpus",
            "asks for " + plural(option.cpus, "cpu") + " on one node; " + largest + " " + has +
                " " + std::to_string(cpus),
            false};
  }
  if (memory < option.memory_bytes) {
    return {"memory",
            "asks for " + base::format_bytes(option.memory_bytes) + " of memory on one node; " +
                largest + " " + has + " " + base::format_bytes(memory),
            false};
  }
  return {"nodes", "no single node " + has + " all of it together", false};
}

std::uint64_t count_of(std::uint32_t count) { return count; }
std::uint64_t count_of(const std::set<std::uint32_t>& nodes) { return nodes.size(); }

template <typename Shapes>
std::uint64_t nodes_that_fit(const Shapes& shapes, const model::ResourceOption& option) {
  std::uint64_t total = 0;
  for (const auto& [shape, nodes] : shapes) {
    if (fits(shape, option)) total += count_of(nodes);
  }
  return total;
}

}  // namespace

std::optional<Obstacle> never_fits(const Capacity& capacity, std::uint32_t nodes,
                                   const model::ResourceOption& option) {
  const std::uint64_t fitting = nodes_that_fit(capacity.whole(), option);
  if (fitting >= nodes) return std::nullopt;
  Obstacle obstacle;
  if (fitting == 0) {
    obstacle = first_limit(capacity.whole(), option, "the largest node here", "has");
  } else {
    obstacle = {"nodes",
                "asks for " + plural(nodes, "node") + " of that size; there " +
                    (fitting == 1 ? "is " : "are ") + std::to_string(fitting) + " here",
                false};
  }
  obstacle.for_ever = true;
  return obstacle;
}

std::optional<Obstacle> not_now(const Capacity& capacity, std::uint32_t nodes,
                                const model::ResourceOption& option) {
  const std::uint64_t fitting = nodes_that_fit(capacity.free(), option);
  if (fitting >= nodes) return std::nullopt;
  if (fitting == 0) {
    return first_limit(capacity.free(), option, "the freest node", "has free");
  }
  return Obstacle{"nodes",
                  "asks for " + plural(nodes, "node") + " of that size at once; " +
                      std::to_string(fitting) + (fitting == 1 ? " is" : " are") + " free enough",
                  false};
}

std::string nearest_that_fits(const Capacity& capacity, std::uint32_t nodes,
                              const model::ResourceOption& option) {
  // For each kind of node: the request cut down to it. The one that needs the fewest cuts wins.
  std::string best;
  std::size_t best_cuts = 0;
  for (const auto& [shape, count] : capacity.whole()) {
    model::ResourceOption cut = option;
    std::vector<std::string> changes;
    bool possible = shape.cpus > 0;
    for (model::DeviceCount& wanted : cut.devices) {
      const std::uint32_t have = device_count(shape, wanted.model);
      if (have >= wanted.count) continue;
      if (have == 0) {
        possible = false;
        break;
      }
      wanted.count = have;
      changes.push_back("`devices: " + wanted.model + ":" + std::to_string(have) + "`");
    }
    if (!possible) continue;
    if (shape.cpus < cut.cpus) {
      cut.cpus = shape.cpus;
      changes.push_back("`cpus: " + std::to_string(shape.cpus) + "`");
    }
    if (shape.memory_bytes < cut.memory_bytes) {
      cut.memory_bytes = shape.memory_bytes;
      // Whole mebibytes, rounded down: what is proposed must fit.
      changes.push_back("`memory: " + std::to_string(shape.memory_bytes >> 20) + "MiB`");
    }
    const std::uint64_t fitting = nodes_that_fit(capacity.whole(), cut);
    if (fitting < nodes) changes.push_back("`nodes: " + std::to_string(fitting) + "`");
    if (best.empty() || changes.size() <= best_cuts) {
      best_cuts = changes.size();
      best.clear();
      for (std::size_t i = 0; i < changes.size(); ++i) {
        best += (i == 0 ? "" : i + 1 == changes.size() ? " and " : ", ") + changes[i];
      }
    }
  }
  return best.empty() ? best : best + " would fit";
}

}  // namespace weir::schedule
