#include "engine/queues.h"

#include "base/check.h"

namespace weir::engine {

using schedule::Position;

std::uint32_t Queues::above(const TenantTree& tree, std::uint32_t tenant) const {
  return rule_ == model::OrderRule::fair ? tree.parent(tenant) : TenantTree::root;
}

Queues::Key Queues::key_of(const TenantTree& tree, std::uint32_t tenant,
                           const Branch& branch) const {
  const bool leaf = branch.children.empty();
  Key key;
  key.rank = leaf ? branch.first.rank : branch.children.begin()->rank;
  key.tenant = tenant;
  if (rule_ == model::OrderRule::fair) {
    key.standing = tree.standing(tenant);
  } else {
    key.job = branch.first.job;
  }
  return key;
}

void Queues::set_key(KindTree& of_kind, std::uint32_t kind, std::uint32_t tenant,
                     std::uint32_t above, std::optional<Key> key) {
  Branch& branch = of_kind.branches[tenant];
  std::set<Key>& siblings =
      above == TenantTree::root ? of_kind.top : of_kind.branches[above].children;
  if (key && branch.key) {
    if (*key == *branch.key) return;
    // The node moves within its tree: nothing is allocated.
    auto moved = siblings.extract(*branch.key);
    moved.value() = *key;
    siblings.insert(std::move(moved));
    branch.key = key;
    return;
  }
  if (kinds_below_.size() <= tenant) kinds_below_.resize(tenant + 1);
  if (key) {
    siblings.insert(*key);
    kinds_below_[tenant].insert(kind);
    branch.key = key;
  } else {
    if (branch.key) siblings.erase(*branch.key);
    kinds_below_[tenant].erase(kind);
    of_kind.branches.erase(tenant);
  }
}

void Queues::enter(const TenantTree& tree, std::uint32_t kind, std::uint32_t leaf,
                   std::optional<schedule::Turn> first) {
  if (kinds_.size() <= kind) kinds_.resize(kind + 1);
  KindTree& of_kind = kinds_[kind];
  if (first) of_kind.branches[leaf].first = *first;
  for (std::uint32_t tenant = leaf; tenant != TenantTree::root; tenant = above(tree, tenant)) {
    const auto branch = of_kind.branches.find(tenant);
    const bool gone = branch == of_kind.branches.end() ||
                      (tenant == leaf ? !first : branch->second.children.empty());
    const auto key = gone ? std::nullopt : std::optional(key_of(tree, tenant, branch->second));
    if (key && branch->second.key == key) break;  // nothing changes further up
    if (branch == of_kind.branches.end()) break;  // it was not there before
    set_key(of_kind, kind, tenant, above(tree, tenant), key);
  }
  refresh_head(kind);
}

void Queues::rekey(const TenantTree& tree, std::uint32_t leaf) {
  if (rule_ != model::OrderRule::fair) return;
  std::uint32_t top = leaf;
  while (tree.parent(top) != TenantTree::root) top = tree.parent(top);
  for (const std::uint32_t kind : kinds_below(top)) {
    KindTree& of_kind = kinds_[kind];
    for (std::uint32_t tenant = leaf; tenant != TenantTree::root; tenant = tree.parent(tenant)) {
      const auto branch = of_kind.branches.find(tenant);
      if (branch == of_kind.branches.end()) continue;
      set_key(of_kind, kind, tenant, tree.parent(tenant), key_of(tree, tenant, branch->second));
    }
    refresh_head(kind);
  }
}

void Queues::rekey_all(const TenantTree& tree) {
  if (rule_ != model::OrderRule::fair) return;
  for (std::uint32_t kind = 0; kind < kinds_.size(); ++kind) {
    KindTree& of_kind = kinds_[kind];
    // Ranks stay as they are, so that every branch is made anew for itself.
    for (auto& [tenant, branch] : of_kind.branches) {
      set_key(of_kind, kind, tenant, tree.parent(tenant), key_of(tree, tenant, branch));
    }
    refresh_head(kind);
  }
}

void Queues::refresh_head(std::uint32_t kind) {
  KindTree& of_kind = kinds_[kind];
  std::optional<Position> head;
  const std::set<Key>* siblings = &of_kind.top;
  std::size_t level = 0;
  while (!siblings->empty()) {
    const Key& key = *siblings->begin();
    if (!head) head = Position{key.rank, {}, {}};
    WEIR_CHECK(level < schedule::standings_most, "the tree is not deeper than a path may be");
    head->standings[level++] = key.standing;
    const Branch& branch = of_kind.branches.at(key.tenant);
    if (branch.children.empty()) head->job = branch.first.job;
    siblings = &branch.children;
  }
  if (head == of_kind.head) return;
  if (of_kind.head) heads_.erase({*of_kind.head, kind});
  if (head) heads_.insert({*head, kind});
  of_kind.head = head;
}

Position Queues::position(const TenantTree& tree, std::uint32_t leaf, schedule::Turn turn) const {
  Position position{turn.rank, {}, turn.job};
  if (rule_ != model::OrderRule::fair) return position;
  std::vector<std::uint32_t> chain;
  for (std::uint32_t at = leaf; at != TenantTree::root; at = tree.parent(at)) chain.push_back(at);
  for (std::size_t i = 0; i < chain.size(); ++i) {
    position.standings[i] = tree.standing(chain[chain.size() - 1 - i]);
  }
  return position;
}

const std::set<std::uint32_t>& Queues::kinds_below(std::uint32_t tenant) const {
  static const std::set<std::uint32_t> none;
  return tenant < kinds_below_.size() ? kinds_below_[tenant] : none;
}

model::JobId Queues::first_below(std::uint32_t tenant, std::uint32_t kind) const {
  const KindTree& of_kind = kinds_[kind];
  const Branch* branch = &of_kind.branches.at(tenant);
  while (!branch->children.empty()) {
    branch = &of_kind.branches.at(branch->children.begin()->tenant);
  }
  return branch->first.job;
}

}  // namespace weir::engine
