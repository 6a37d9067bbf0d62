#include "engine/queues.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"

namespace weir::engine {

using schedule::Position;
using schedule::Standing;
using schedule::Turn;

namespace {

using Counts = std::map<std::uint32_t, std::uint32_t>;

template <typename Key>
void drop(std::map<Key, std::uint32_t>& counts, Key key) {
  const auto at = counts.find(key);
  if (--at->second == 0) counts.erase(at);
}

// True if there is anything of `only` in `has`. Goes through the shorter of the two.
bool has_any(const Counts& has, const Queues::Wanted* only) {
  if (only == nullptr) return true;
  if (only->size() < has.size()) {
    return std::any_of(only->begin(), only->end(),
                       [&](const auto& entry) { return has.contains(entry.first); });
  }
  return std::any_of(has.begin(), has.end(),
                     [&](const auto& entry) { return only->contains(entry.first); });
}

}  // namespace

// ---- changes

void Queues::enter(const TenantTree& tree, std::uint32_t request_class, std::uint32_t leaf,
                   Want want, Turn first) {
  if (entered_.size() <= request_class) entered_.resize(request_class + 1);
  if (moves_up(request_class, {true, leaf_of(leaf), want, first})) return;
  leave(tree, request_class);
  entered_[request_class] = {true, leaf_of(leaf), want, first};
  const auto [kind, request, stay] = want;
  if (classes_of_kind_.size() <= kind) classes_of_kind_.resize(kind + 1);
  if (classes_of_kind_[kind]++ == 0) ++kinds_waiting_;
  ++waiting_[request][stay];
  Tier& tier = tiers_[tier_of(first)];
  for (std::uint32_t tenant = leaf_of(leaf); tenant != TenantTree::root;
       tenant = above(tree, tenant)) {
    Branch& branch = tier.branches[tenant];
    if (branch.waiting.empty()) {
      branch.standing = standing(tree, tenant);
      siblings(tier, above(tree, tenant)).insert(branch.standing);
    }
    ++branch.waiting[request];
  }
  Branch& of_leaf = tier.branches.at(leaf_of(leaf));
  of_leaf.firsts.insert({first, request_class});
  OfRequest& of_request = of_leaf.by_request[request];
  of_request.firsts.insert({{first, request_class}, stay});
  ++of_request.stays[stay];
}

// Another job of the class is first, and nothing else has changed: nothing is counted anew.
bool Queues::moves_up(std::uint32_t request_class, const Entered& now) {
  Entered& was = entered_[request_class];
  const auto same = [](const Entered& each) { return std::tie(each.waits, each.leaf, each.want); };
  if (same(was) != same(now) || tier_of(was.turn) != tier_of(now.turn)) return false;
  Branch& of_leaf = tiers_.at(tier_of(now.turn)).branches.at(now.leaf);
  const First before{was.turn, request_class};
  const First after{now.turn, request_class};
  of_leaf.firsts.replace(before, after);
  of_leaf.by_request.at(now.want.request)
      .firsts.replace({before, now.want.stay}, {after, now.want.stay});
  was.turn = now.turn;
  return true;
}

void Queues::leave(const TenantTree& tree, std::uint32_t request_class) {
  if (request_class >= entered_.size() || !entered_[request_class].waits) return;
  const auto [waits, leaf, want, turn] = entered_[request_class];
  const auto [kind, request, stay] = want;
  entered_[request_class].waits = false;
  if (--classes_of_kind_[kind] == 0) --kinds_waiting_;
  const auto stays = waiting_.find(request);
  drop(stays->second, stay);
  if (stays->second.empty()) waiting_.erase(stays);
  const auto at = tiers_.find(tier_of(turn));
  Tier& tier = at->second;
  Branch& of_leaf = tier.branches.at(leaf);
  of_leaf.firsts.erase({turn, request_class});
  const auto of_request = of_leaf.by_request.find(request);
  of_request->second.firsts.erase({{turn, request_class}, stay});
  drop(of_request->second.stays, stay);
  if (of_request->second.firsts.empty()) of_leaf.by_request.erase(of_request);
  for (std::uint32_t tenant = leaf; tenant != TenantTree::root; tenant = above(tree, tenant)) {
    const auto branch = tier.branches.find(tenant);
    drop(branch->second.waiting, request);
    if (!branch->second.waiting.empty()) continue;
    siblings(tier, above(tree, tenant)).erase(branch->second.standing);
    tier.branches.erase(branch);
  }
  if (tier.branches.empty()) tiers_.erase(at);
}

void Queues::rekey_one(const TenantTree& tree, Tier& tier, std::uint32_t tenant) {
  const auto at = tier.branches.find(tenant);
  if (at == tier.branches.end()) return;
  const Standing now = standing(tree, tenant);
  if (now == at->second.standing) return;
  // The node moves within its set: nothing is allocated.
  std::set<Standing>& among = siblings(tier, above(tree, tenant));
  auto moved = among.extract(at->second.standing);
  moved.value() = now;
  among.insert(std::move(moved));
  at->second.standing = now;
}

void Queues::rekey(const TenantTree& tree, std::uint32_t leaf) {
  if (!by_share()) return;
  for (auto& [rank, tier] : tiers_) {
    for (std::uint32_t tenant = leaf; tenant != TenantTree::root; tenant = tree.parent(tenant)) {
      rekey_one(tree, tier, tenant);
    }
  }
}

void Queues::rekey_all(const TenantTree& tree) {
  if (!by_share()) return;
  for (auto& [rank, tier] : tiers_) {
    for (const auto& [tenant, branch] : tier.branches) rekey_one(tree, tier, tenant);
  }
}

// ---- questions

const Queues::First* Queues::first_of(const Branch& leaf, const Position* after,
                                      const Wanted* only) {
  const First* first = nullptr;
  // No class has this number, and nobody stays so long.
  const auto beyond = [&] {
    return First{Turn{after->rank, after->last_start, after->due, after->job}, UINT32_MAX};
  };
  const auto offer = [&](const OfRequest& of_request, base::Duration too_long) {
    if (of_request.stays.begin()->first >= too_long) return;
    const auto& firsts = of_request.firsts;
    auto here =
        after == nullptr ? firsts.begin() : firsts.upper_bound({beyond(), base::Duration::max()});
    for (; here != firsts.end() && (first == nullptr || here->first < *first); ++here) {
      if (here->second >= too_long) continue;
      first = &here->first;
      return;
    }
  };
  if (only == nullptr) {
    const auto here = after == nullptr ? leaf.firsts.begin() : leaf.firsts.upper_bound(beyond());
    if (here != leaf.firsts.end()) first = &*here;
  } else if (only->size() < leaf.by_request.size()) {
    for (const auto& [request, too_long] : *only) {
      const auto at = leaf.by_request.find(request);
      if (at != leaf.by_request.end()) offer(at->second, too_long);
    }
  } else {
    for (const auto& [request, of_request] : leaf.by_request) {
      const auto wanted = only->find(request);
      if (wanted != only->end()) offer(of_request, wanted->second);
    }
  }
  return first;
}

bool Queues::find(const Tier& tier, const std::set<Standing>& siblings, std::size_t level,
                  const Position* after, const Wanted* only, Entry& found) const {
  WEIR_CHECK(level < schedule::standings_most, "the tree is not deeper than a path may be");
  auto at = after == nullptr ? siblings.begin() : siblings.lower_bound(after->standings[level]);
  for (; at != siblings.end(); ++at) {
    const Branch& branch = tier.branches.at(at->tenant);
    if (!has_any(branch.waiting, only)) continue;
    // Whoever stands behind the one that `after` belongs to does so with all that is below.
    const Position* beyond = after != nullptr && *at == after->standings[level] ? after : nullptr;
    if (!branch.children.empty()) {
      if (!find(tier, branch.children, level + 1, beyond, only, found)) continue;
    } else if (const First* first = first_of(branch, beyond, only)) {
      found.position.rank = first->first.rank;
      found.position.last_start = first->first.last_start;
      found.position.due = first->first.due;
      found.position.job = first->first.job;
      found.request_class = first->second;
    } else {
      continue;
    }
    found.position.standings[level] = *at;
    return true;
  }
  return false;
}

std::optional<Queues::Entry> Queues::next(const Position* after, const Wanted* only) const {
  if (only != nullptr && only->empty()) return std::nullopt;
  const std::int64_t from =
      after == nullptr ? 0 : tier_of({after->rank, after->last_start, after->due, after->job});
  auto tier = after == nullptr ? tiers_.begin() : tiers_.lower_bound(from);
  for (; tier != tiers_.end(); ++tier) {
    Entry found;
    const bool in_it = after != nullptr && tier->first == from;
    if (find(tier->second, tier->second.top, 0, in_it ? after : nullptr, only, found)) {
      return found;
    }
  }
  return std::nullopt;
}

Position Queues::position(const TenantTree& tree, std::uint32_t leaf, Turn turn) const {
  Position position{turn.rank, {}, turn.last_start, turn.due, turn.job};
  if (!by_share()) return position;
  std::size_t depth = 0;
  for (std::uint32_t at = leaf; at != TenantTree::root; at = tree.parent(at)) ++depth;
  for (std::uint32_t at = leaf; at != TenantTree::root; at = tree.parent(at)) {
    position.standings[--depth] = tree.standing(at);
  }
  return position;
}

}  // namespace weir::engine
