// The order of waiting work: the tree of the tenants that wait, and with each of them the first job
// of every class.
//
// A class is looked at by its first job alone: all others of it ask for the same. Tenants stand in
// the order of their shares, so that what one of them holds moves one key a level, however much
// waits with it; and whoever looks for work of certain requests alone passes by tenants that have
// none of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/sorted_blocks.h"
#include "engine/tenants.h"
#include "schedule/order.h"

namespace weir::engine {

class Queues {
 public:
  // The first job of a class, and where it stands.
  struct Entry {
    schedule::Position position;
    std::uint32_t request_class = 0;
  };
  // Requests (Index::rooms) that are looked for, and how long a stay must not be.
  using Wanted = std::map<std::uint32_t, base::Duration>;

  // Under another rule everything has another place: set it while nothing is entered.
  void set_policy(const model::Policy& policy) {
    rule_ = policy.order;
    ageing_ = policy.ageing;
  }
  [[nodiscard]] model::OrderRule rule() const { return rule_; }
  // The order and its ageing alone.
  [[nodiscard]] model::Policy order() const {
    model::Policy policy;
    policy.order = rule_;
    policy.ageing = ageing_;
    return policy;
  }

  // What a class waits for: of this kind, which asks for this request, to stay so long.
  struct Want {
    std::uint32_t kind = 0;
    std::uint32_t request = 0;
    base::Duration stay{};
    friend auto operator<=>(const Want&, const Want&) = default;
  };
  // A class of this leaf waits for this from now on, and has this first. Cost: the depth of the
  // tree, each level O(log n) of the siblings.
  void enter(const TenantTree& tree, std::uint32_t request_class, std::uint32_t leaf, Want want,
             schedule::Turn first);
  // It waits no longer. Does nothing where it did not.
  void leave(const TenantTree& tree, std::uint32_t request_class);
  // The shares from this leaf upwards have changed. Cost: ranks, times the depth of the tree.
  void rekey(const TenantTree& tree, std::uint32_t leaf);
  // All shares have changed. Cost: all tenants that wait, for each rank.
  void rekey_all(const TenantTree& tree);

  // The first in order that stands behind `after` (none: of all) and asks for one of `only`, to
  // stay for less than is said there (none: for anything). Cost: the depth of the tree, each level
  // O(log n); tenants that wait for nothing of `only`, and classes that ask for it but stay too
  // long.
  [[nodiscard]] std::optional<Entry> next(const schedule::Position* after,
                                          const Wanted* only) const;
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  // What is waited for, and how many classes of it stay how long.
  using Stays = std::map<base::Duration, std::uint32_t>;
  [[nodiscard]] const std::map<std::uint32_t, Stays>& requests() const { return waiting_; }
  // Of how many kinds somebody waits, and whether of this one.
  [[nodiscard]] std::size_t kinds() const { return kinds_waiting_; }
  [[nodiscard]] bool waits(std::uint32_t kind) const {
    return kind < classes_of_kind_.size() && classes_of_kind_[kind] > 0;
  }

  // Where a job of this leaf stands, or would stand.
  [[nodiscard]] schedule::Position position(const TenantTree& tree, std::uint32_t leaf,
                                            schedule::Turn turn) const;

 private:
  using First = std::pair<schedule::Turn, std::uint32_t>;  // with its class
  struct OfRequest {
    base::SortedBlocks<std::pair<First, base::Duration>> firsts;  // with how long each stays
    Stays stays;
  };
  // A tenant that waits, itself or somebody below it.
  struct Branch {
    schedule::Standing standing;                     // its key among its siblings
    std::set<schedule::Standing> children;           // none: a leaf
    base::SortedBlocks<First> firsts;                // of a leaf
    std::map<std::uint32_t, OfRequest> by_request;   // the same, of each request
    std::map<std::uint32_t, std::uint32_t> waiting;  // request → classes at or below it
  };
  // All that waits with one rank.
  struct Tier {
    std::map<std::uint32_t, Branch> branches;  // by tenant
    std::set<schedule::Standing> top;
  };
  struct Entered {
    bool waits = false;
    std::uint32_t leaf = 0;
    Want want;
    schedule::Turn turn;
  };

  // Without shares all stand in one line: as if it were one tenant's.
  [[nodiscard]] bool by_share() const { return rule_ == model::OrderRule::fair; }
  [[nodiscard]] std::int64_t tier_of(schedule::Turn turn) const {
    return by_share() ? turn.rank : 0;
  }
  [[nodiscard]] std::uint32_t leaf_of(std::uint32_t leaf) const { return by_share() ? leaf : 0; }
  [[nodiscard]] std::uint32_t above(const TenantTree& tree, std::uint32_t tenant) const {
    return by_share() ? tree.parent(tenant) : TenantTree::root;
  }
  [[nodiscard]] schedule::Standing standing(const TenantTree& tree, std::uint32_t tenant) const {
    return by_share() ? tree.standing(tenant) : schedule::Standing{};
  }
  static std::set<schedule::Standing>& siblings(Tier& tier, std::uint32_t above) {
    return above == TenantTree::root ? tier.top : tier.branches[above].children;
  }
  bool moves_up(std::uint32_t request_class, const Entered& now);
  void rekey_one(const TenantTree& tree, Tier& tier, std::uint32_t tenant);
  // The first of a leaf behind `after`.
  [[nodiscard]] static const First* first_of(const Branch& leaf, const schedule::Position* after,
                                             const Wanted* only);
  bool find(const Tier& tier, const std::set<schedule::Standing>& siblings, std::size_t level,
            const schedule::Position* after, const Wanted* only, Entry& found) const;

  model::OrderRule rule_ = model::OrderRule::fair;
  std::uint32_t ageing_ = 0;
  std::map<std::int64_t, Tier> tiers_;  // none is empty
  std::vector<Entered> entered_;        // by class
  std::map<std::uint32_t, Stays> waiting_;
  std::vector<std::uint32_t> classes_of_kind_;
  std::size_t kinds_waiting_ = 0;
};

}  // namespace weir::engine
