#include "schedule/topology.h"

#include <algorithm>
#include <map>
#include <string>

#include "base/check.h"

namespace weir::schedule {

TopologyTree::TopologyTree(const model::Topology& topology)
    : switches_(1), leaf_free_(topology.paths.size(), false) {
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> known;
  for (const std::vector<std::string>& path : topology.paths) {
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
  for (std::uint32_t i = 0; i < switches_.size(); ++i) {
    by_depth_[switches_[i].depth].emplace(0U, i);
  }
}

void TopologyTree::set_free(std::uint32_t leaf, bool free) {
  WEIR_CHECK(leaf < leaf_free_.size(), "a leaf of this tree");
  if (leaf_free_[leaf] == free) return;
  leaf_free_[leaf] = free;
  std::uint32_t at = switch_of_[leaf];
  if (free) {
    switches_[at].free_leaves.insert(leaf);
  } else {
    switches_[at].free_leaves.erase(leaf);
  }
  for (;; at = switches_[at].parent) {
    Switch& each = switches_[at];
    ByFree& row = by_depth_[each.depth];
    row.erase({each.free, at});
    each.free = free ? each.free + 1 : each.free - 1;
    row.emplace(each.free, at);
    if (at == 0) return;
  }
}

// Of two switches of one depth: the one to fill first.
bool TopologyTree::tighter(std::uint32_t a, std::uint32_t b) const {
  std::uint32_t up_a = a;
  std::uint32_t up_b = b;
  while (up_a != up_b) {
    if (switches_[up_a].free != switches_[up_b].free) {
      return switches_[up_a].free < switches_[up_b].free;
    }
    up_a = switches_[up_a].parent;
    up_b = switches_[up_b].parent;
  }
  return a < b;
}

// Requires: the root has enough.
std::uint32_t TopologyTree::lowest_with(std::uint32_t count) const {
  for (std::size_t depth = by_depth_.size(); depth-- > 1;) {
    const ByFree& row = by_depth_[depth];
    const auto least = row.lower_bound({count, 0});
    if (least == row.end()) continue;
    std::uint32_t best = least->second;
    for (auto tie = std::next(least); tie != row.end() && tie->first == least->first; ++tie) {
      if (tighter(tie->second, best)) best = tie->second;
    }
    return best;
  }
  return 0;
}

// Requires: `from` has `count` free.
void TopologyTree::take_from(std::uint32_t from, std::uint32_t count,
                             std::vector<std::uint32_t>& taken) const {
  if (count == 0) return;
  std::vector<std::uint32_t> branches = switches_[from].branches;
  std::sort(branches.begin(), branches.end(), [this](std::uint32_t a, std::uint32_t b) {
    return switches_[a].free != switches_[b].free ? switches_[a].free > switches_[b].free : a < b;
  });
  // The largest as a whole, while no single branch holds the rest.
  std::size_t next = 0;
  while (next < branches.size() && count > switches_[branches[next]].free) {
    const std::uint32_t whole = switches_[branches[next++]].free;
    take_from(branches[next - 1], whole, taken);
    count -= whole;
  }
  if (count == 0) return;
  if (next < branches.size()) {
    // The smallest that holds the rest; of equals the first.
    std::uint32_t best = branches[next];
    for (std::size_t i = next; i < branches.size() && switches_[branches[i]].free >= count; ++i) {
      if (switches_[branches[i]].free < switches_[best].free) best = branches[i];
    }
    take_from(best, count, taken);
    return;
  }
  // What hangs from the switch itself has no neighbours closer: it comes last.
  const std::set<std::uint32_t>& own = switches_[from].free_leaves;
  WEIR_CHECK(own.size() >= count, "a switch has as many free as it counts");
  taken.insert(taken.end(), own.begin(), std::next(own.begin(), count));
}

std::optional<std::vector<std::uint32_t>> TopologyTree::choose(std::uint32_t count) const {
  if (count > free()) return std::nullopt;
  std::vector<std::uint32_t> taken;
  taken.reserve(count);
  if (count > 0) take_from(lowest_with(count), count, taken);
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
