// The order of waiting work: for each kind of request the tree of the tenants that wait with it,
// and the kinds by their first job.
//
// A pass takes the first of `heads()`. Where that does not fit, nothing of its kind does, whoever
// asks for it, and the pass goes on with the next kind. When a placement changes what a tenant
// holds, only the keys along its branch are made anew (`rekey`), not the queues of its jobs or of
// other tenants.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/tenants.h"
#include "schedule/order.h"

namespace weir::engine {

class Queues {
 public:
  using Heads = std::set<std::pair<schedule::Position, std::uint32_t>>;
  // The first job of each kind that has any waiting, in order. Of equal kinds there are none: the
  // positions end with job ids.
  [[nodiscard]] const Heads& heads() const { return heads_; }

  // Under another rule everything has another place: set it while nothing is entered.
  void set_rule(model::OrderRule rule) { rule_ = rule; }
  [[nodiscard]] model::OrderRule rule() const { return rule_; }

  // What waits of one leaf and kind has this first, or nothing waits any more.
  // Cost: the depth of the tree, each level O(log n) of the siblings.
  void enter(const TenantTree& tree, std::uint32_t kind, std::uint32_t leaf,
             std::optional<schedule::Turn> first);
  // The shares from this leaf upwards have changed.
  // Cost: kinds that wait below the highest of them, each the depth of the tree.
  void rekey(const TenantTree& tree, std::uint32_t leaf);
  // All shares have changed. Cost: all entries.
  void rekey_all(const TenantTree& tree);

  // Where a job of this leaf stands, or would stand.
  [[nodiscard]] schedule::Position position(const TenantTree& tree, std::uint32_t leaf,
                                            schedule::Turn turn) const;
  // The first job of a kind; none: nothing of it waits.
  [[nodiscard]] std::optional<model::JobId> first_of(std::uint32_t kind) const {
    if (kind >= kinds_.size() || !kinds_[kind].head) return std::nullopt;
    return kinds_[kind].head->job;
  }
  // Kinds that wait at or below a tenant.
  [[nodiscard]] const std::set<std::uint32_t>& kinds_below(std::uint32_t tenant) const;
  // The first of a kind below a tenant. Requires: it waits there.
  [[nodiscard]] model::JobId first_below(std::uint32_t tenant, std::uint32_t kind) const;

 private:
  // A sibling among those that wait; `job` only where no share decides.
  struct Key {
    std::int64_t rank = 0;
    schedule::Standing standing;
    model::JobId job;
    std::uint32_t tenant = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Branch {
    std::optional<Key> key;  // among its siblings
    std::set<Key> children;  // none: a leaf
    schedule::Turn first;    // of a leaf
  };
  struct KindTree {
    std::map<std::uint32_t, Branch> branches;
    std::set<Key> top;
    std::optional<schedule::Position> head;
  };

  [[nodiscard]] std::uint32_t above(const TenantTree& tree, std::uint32_t tenant) const;
  [[nodiscard]] Key key_of(const TenantTree& tree, std::uint32_t tenant,
                           const Branch& branch) const;
  void set_key(KindTree& of_kind, std::uint32_t kind, std::uint32_t tenant, std::uint32_t above,
               std::optional<Key> key);
  void refresh_head(std::uint32_t kind);

  model::OrderRule rule_ = model::OrderRule::fair;
  std::vector<KindTree> kinds_;
  std::vector<std::set<std::uint32_t>> kinds_below_;  // by tenant
  Heads heads_;
};

}  // namespace weir::engine
