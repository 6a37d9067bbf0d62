#include "schedule/filter.h"

#include <algorithm>
#include <vector>

#include "base/quantity.h"

namespace weir::schedule {
namespace {

using model::Obstacle;

std::string plural(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// Kinds of nodes to look at, with what each has and how many of it there are: whole or free.
struct Kind {
  const Pool* pool;
  FreeShape shape;
  std::uint64_t nodes;
};

std::vector<Kind> whole_kinds(const Capacity& capacity) {
  std::vector<Kind> kinds;
  for (const Pool& pool : capacity.pools()) kinds.push_back({&pool, {pool.whole}, pool.nodes});
  return kinds;
}

std::vector<Kind> free_kinds(const Capacity& capacity) {
  std::vector<Kind> kinds;
  for (const Pool& pool : capacity.pools()) {
    for (const auto& [shape, nodes] : pool.free) kinds.push_back({&pool, shape, nodes.size()});
  }
  return kinds;
}

// Thousandths left of the device of the model that has the most left.
std::int64_t most_of_one(const Kind& kind, const std::string& model) {
  const auto& models = kind.pool->models;
  const auto at = std::lower_bound(models.begin(), models.end(), model);
  if (at == models.end() || *at != model) return 0;
  std::uint32_t most = 0;
  kind.shape.each_left(static_cast<std::uint8_t>(at - models.begin()),
                       [&](std::uint32_t left, std::uint32_t) { most = std::max(most, left); });
  return most;
}

// The limit that the best of `kinds` fails first, for a single rank.
Obstacle first_limit(const std::vector<Kind>& kinds, const model::ResourceOption& option,
                     const std::string& largest, const std::string& has) {
  for (const model::DeviceCount& wanted : option.devices) {
    std::int64_t most_milli = 0;
    for (const Kind& kind : kinds) {
      const std::int64_t whole = kind.pool->count(kind.shape, wanted.model);
      most_milli = std::max(most_milli, option.is_share() ? most_of_one(kind, wanted.model)
                                                          : whole * model::whole_device_milli);
    }
    if (most_milli < std::int64_t{wanted.count} * option.device_milli) {
      const std::string what =
          model::device_amount(wanted.count, option.device_milli) + " " + wanted.model;
      const char* const where = option.is_share() ? "one device" : "one node";
      return {"devices",
              "asks for " + what + " on " + where + "; " +
                  (most_milli == 0 ? "no node here " + has + " any"
                                   : std::string("the most that ") + where + " " + has + " is " +
                                         model::devices_text(most_milli)),
              false};
    }
  }
  std::uint32_t cpus = 0;
  std::int64_t memory = 0;
  for (const Kind& kind : kinds) {
    cpus = std::max(cpus, kind.shape.cpus);
    memory = std::max(memory, kind.shape.memory_bytes);
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

std::uint64_t nodes_that_fit(const std::vector<Kind>& kinds, const model::ResourceOption& option) {
  std::uint64_t total = 0;
  for (const Kind& kind : kinds) {
    const auto demand = kind.pool->demand(option);
    if (demand && fits(kind.shape, *demand)) total += kind.nodes;
  }
  return total;
}

}  // namespace

std::optional<Obstacle> never_fits(const Capacity& capacity, std::uint32_t nodes,
                                   const model::ResourceOption& option) {
  if (!capacity.admits(option)) {
    return Obstacle{"where", "may not run here, by where it or its data may be", true};
  }
  const std::uint64_t fitting = nodes_that_fit(whole_kinds(capacity), option);
  if (fitting >= nodes) return std::nullopt;
  Obstacle obstacle;
  if (fitting == 0) {
    obstacle = first_limit(whole_kinds(capacity), option, "the largest node here", "has");
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
  const std::uint64_t fitting = nodes_that_fit(free_kinds(capacity), option);
  if (fitting >= nodes) return std::nullopt;
  if (fitting == 0) {
    return first_limit(free_kinds(capacity), option, "the freest node", "has free");
  }
  return Obstacle{"nodes",
                  "asks for " + plural(nodes, "node") + " of that size at once; " +
                      std::to_string(fitting) + (fitting == 1 ? " is" : " are") + " free enough",
                  false};
}

std::string nearest_that_fits(const Capacity& capacity, std::uint32_t nodes,
                              const model::ResourceOption& option) {
  if (!capacity.admits(option)) return "";
  // For each kind of node: the request cut down to it. The one that needs the fewest cuts wins.
  std::string best;
  std::size_t best_cuts = 0;
  const std::vector<Kind> kinds = whole_kinds(capacity);
  for (const Kind& kind : kinds) {
    const Shape& shape = kind.shape;
    model::ResourceOption cut = option;
    std::vector<std::string> changes;
    bool possible = shape.cpus > 0;
    for (model::DeviceCount& wanted : cut.devices) {
      const std::uint32_t have = kind.pool->count(shape, wanted.model);
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
    const std::uint64_t fitting = nodes_that_fit(kinds, cut);
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
