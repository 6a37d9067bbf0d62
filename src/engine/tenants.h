// The tree of tenants at work: what each holds, its share, and what its quotas still allow.
//
// What is set and what was used in the past stands in State::tenants; this is what is found from
// that and from what runs. Each tenant is known by its place in that list. Below a tenant with
// projects hangs the work that belongs to itself, as if it were one more project: `lab/` under
// `lab`. So every job belongs to a leaf, and siblings are always of one kind.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/state.h"
#include "schedule/order.h"
#include "schedule/quota.h"
#include "schedule/request.h"

namespace weir::engine {

class TenantTree {
 public:
  static constexpr std::uint32_t root = UINT32_MAX;

  // The leaf that jobs of this tenant and project belong to, made with all above it if it is new.
  [[nodiscard]] std::uint32_t leaf_of(State& state, const std::string& tenant,
                                      const std::string& project);
  // The tenant of this path, made likewise.
  [[nodiscard]] std::uint32_t node_of(State& state, const std::string& path);
  // The tenant of this path; none: nobody has heard of it.
  [[nodiscard]] std::optional<std::uint32_t> find(const std::string& path) const;
  // Those of a path's tenants that are known, the leaf or the deepest first.
  [[nodiscard]] std::vector<std::uint32_t> chain_of(const std::string& path) const;
  // A tenant and all that it belongs to, itself first.
  [[nodiscard]] std::vector<std::uint32_t> chain_up(std::uint32_t tenant) const;

  [[nodiscard]] std::uint32_t parent(std::uint32_t tenant) const { return nodes_[tenant].parent; }
  [[nodiscard]] bool below(std::uint32_t tenant, std::uint32_t ancestor) const;
  [[nodiscard]] schedule::Standing standing(std::uint32_t tenant) const;
  [[nodiscard]] const schedule::DominantShare& share(std::uint32_t tenant) const {
    return nodes_[tenant].share;
  }
  [[nodiscard]] const schedule::Amounts& held(std::uint32_t tenant) const {
    return nodes_[tenant].held;
  }
  [[nodiscard]] schedule::Held held_in_words(const State& state, std::uint32_t tenant) const;
  [[nodiscard]] std::string resource_name(const State& state, std::size_t resource) const;
  // True if a limit or a budget binds it or anybody above it.
  [[nodiscard]] bool is_bounded(std::uint32_t leaf) const;
  [[nodiscard]] bool has_bounds(std::uint32_t tenant) const { return nodes_[tenant].has_bounds; }
  // True if it or anybody above it has a guarantee.
  [[nodiscard]] bool is_guaranteed(std::uint32_t leaf) const;
  [[nodiscard]] const std::vector<std::uint32_t>& guaranteed() const { return guaranteed_; }
  [[nodiscard]] const std::vector<std::uint32_t>& budgeted() const { return budgeted_; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }

  // The first limit or budget on the way up that one task would break, and whose it is. With
  // `alone`, as if nobody held or had spent anything: what is refused then can never run.
  struct Bound {
    std::uint32_t tenant = 0;
    model::Obstacle obstacle;
  };
  [[nodiscard]] std::optional<Bound> forbids(const State& state,
                                             const std::vector<std::uint32_t>& chain,
                                             std::uint32_t nodes,
                                             const model::ResourceOption& option,
                                             std::optional<base::Duration> time_limit,
                                             bool alone) const;
  // True if its guarantee speaks of what one task holds, and all of that stays within it.
  [[nodiscard]] bool covers(const State& state, std::uint32_t tenant,
                            const schedule::Held& more) const;
  // How many cpus one task may be given that asks for this: within the limits, and within what its
  // budgets of money bear; none: nothing binds. Requires: `forbids` allows it with its least.
  [[nodiscard]] std::optional<std::int64_t> cpus_left(
      const State& state, std::uint32_t leaf, std::uint32_t nodes,
      const model::ResourceOption& option, std::optional<base::Duration> time_limit) const;

  // ---- changes

  void set_site(State& state, const SiteRecord& site);
  // A placement is taken (+1) or given back (−1), at State::time.
  void hold(State& state, std::uint32_t leaf, model::SiteId site,
            const std::vector<model::RankPlacement>& ranks, int sign);
  // Charged to the budgets on the way up at State::time, or given back to those that are still in
  // the period in which it was charged.
  void charge(State& state, std::uint32_t leaf, const schedule::Charge& more) const;
  void give_back(State& state, std::uint32_t leaf, const schedule::Charge& less,
                 base::Time charged) const;
  // A step of past use is over: everybody's is brought forward.
  void bring_forward(State& state, base::Time to);
  // What is set of it has changed.
  void settings_changed(const State& state, std::uint32_t tenant);

  // Of a state that was read back: everybody and everything there is; then what is held, counted
  // without a change of the past; then the shares.
  void rebuild(State& state);
  void count_held(std::uint32_t leaf, model::SiteId site,
                  const std::vector<model::RankPlacement>& ranks);
  void weigh_all(const State& state);

 private:
  struct Node {
    std::uint32_t parent = root;
    schedule::Amounts held;
    schedule::DominantShare share;
    std::uint64_t weighted_share = 0;
    base::Time since;
    bool has_bounds = false;
  };
  std::uint32_t add_node(const State& state, std::uint32_t tenant);
  void weigh(const State& state, std::uint32_t tenant);
  [[nodiscard]] schedule::Amounts amounts_of(model::SiteId site,
                                             const std::vector<model::RankPlacement>& ranks) const;

  std::vector<Node> nodes_;  // as State::tenants
  std::map<std::string, std::uint32_t> by_path_;
  std::vector<std::uint32_t> guaranteed_;  // those with a guarantee, ascending
  std::vector<std::uint32_t> budgeted_;    // those with a budget, ascending
  std::map<std::string, std::size_t> resource_by_model_;
  // By node and device, which resource it is (0: none, as nobody could say what it is).
  std::map<model::SiteId, std::vector<std::vector<std::size_t>>> device_resources_;
  std::map<model::SiteId, schedule::Amounts> totals_by_site_;
  schedule::Amounts totals_;
};

}  // namespace weir::engine
