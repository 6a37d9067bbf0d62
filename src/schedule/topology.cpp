#include "schedule/topology.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "base/check.h"

namespace weir::schedule {

TopologyTree::TopologyTree(std::span<const Path> paths) : switches_(1) {
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> known;
  for (const Path& path : paths) {
    std::uint32_t at = 0;
    for (const std::string& name : path) {
      const auto next = static_cast<std::uint32_t>(switches_.size());
      const auto [entry, fresh] = known.try_emplace({at, name}, next);
      if (fresh) {
        Switch& made = switches_.emplace_back();
        made.parent = at;
        made.depth = switches_[at].depth + 1;
        switches_[at].branches.push_back(next);
      }
      at = entry->second;
    }
    switch_of_.push_back(at);
    levels_ = std::max(levels_, switches_[at].depth);
  }
  by_depth_.resize(levels_ + 1);
  for (std::uint32_t i = 0; i < switches_.size(); ++i) by_depth_[switches_[i].depth].push_back(i);
}

TopologyTree::Counts TopologyTree::free_below(std::span<const std::uint32_t> free) const {
  Counts below(switches_.size());
  for (const std::uint32_t leaf : free) ++below[switch_of_[leaf]];
  // A switch stands behind its parent.
  for (std::size_t i = switches_.size(); i-- > 1;) below[switches_[i].parent] += below[i];
  return below;
}

// Of two switches of one depth: the one to fill first.
bool TopologyTree::tighter(const Counts& free, std::uint32_t a, std::uint32_t b) const {
  std::uint32_t up_a = a;
  std::uint32_t up_b = b;
  while (up_a != up_b) {
    if (free[up_a] != free[up_b]) return free[up_a] < free[up_b];
    up_a = switches_[up_a].parent;
    up_b = switches_[up_b].parent;
  }
  return a < b;
}

// Requires: the root has enough.
std::uint32_t TopologyTree::lowest_with(const Counts& free, std::uint32_t count) const {
  for (std::size_t depth = by_depth_.size(); depth-- > 1;) {
    std::uint32_t best = 0;
    for (const std::uint32_t each : by_depth_[depth]) {
      if (free[each] < count) continue;
      if (best == 0 || tighter(free, each, best)) best = each;
    }
    if (best != 0) return best;
  }
  return 0;
}

// Requires: `from` has `count` free.
void TopologyTree::take_from(const Counts& free, std::uint32_t from, std::uint32_t count,
                             Counts& taken) const {
  if (count == 0) return;
  std::vector<std::uint32_t> branches = switches_[from].branches;
  std::sort(branches.begin(), branches.end(), [&](std::uint32_t a, std::uint32_t b) {
    return free[a] != free[b] ? free[a] > free[b] : a < b;
  });
  // The largest as a whole, while no single branch holds the rest.
  std::size_t next = 0;
  while (next < branches.size() && count > free[branches[next]]) {
    const std::uint32_t whole = free[branches[next++]];
    take_from(free, branches[next - 1], whole, taken);
    count -= whole;
  }
  if (count == 0) return;
  if (next < branches.size()) {
    // The smallest that holds the rest; of equals the first.
    std::uint32_t best = branches[next];
    for (std::size_t i = next; i < branches.size() && free[branches[i]] >= count; ++i) {
      if (free[branches[i]] < free[best]) best = branches[i];
    }
    take_from(free, best, count, taken);
    return;
  }
  // What hangs from the switch itself has no neighbours closer: it comes last.
  taken[from] = count;
}

std::optional<std::vector<std::uint32_t>> TopologyTree::choose(std::span<const std::uint32_t> free,
                                                               std::uint32_t count) const {
  if (count > free.size()) return std::nullopt;
  const Counts below = free_below(free);
  Counts of_switch(switches_.size());
  take_from(below, lowest_with(below, count), count, of_switch);
  std::vector<std::uint32_t> taken;
  taken.reserve(count);
  for (auto leaf = free.begin(); taken.size() < count; ++leaf) {
    WEIR_CHECK(leaf != free.end(), "a switch has as many free as it counts");
    std::uint32_t& left = of_switch[switch_of_[*leaf]];
    if (left == 0) continue;
    --left;
    taken.push_back(*leaf);
  }
  std::sort(taken.begin(), taken.end());
  return taken;
}

TopologyTree::Spread TopologyTree::spread_of(std::span<const std::uint32_t> leaves) const {
  std::vector<std::set<std::uint32_t>> touched(levels_ + 1);
  std::uint32_t least_depth = levels_;
  for (const std::uint32_t leaf : leaves) {
    least_depth = std::min(least_depth, switches_[switch_of_[leaf]].depth);
    for (std::uint32_t at = switch_of_[leaf]; at != 0; at = switches_[at].parent) {
      touched[switches_[at].depth].insert(at);
    }
  }
  Spread spread;
  for (std::uint32_t depth = 1; depth <= levels_; ++depth) {
    spread.switches.push_back(static_cast<std::uint32_t>(touched[depth].size()));
    if (depth <= least_depth && touched[depth].size() == 1) spread.common_levels = depth;
  }
  return spread;
}

}  // namespace weir::schedule
