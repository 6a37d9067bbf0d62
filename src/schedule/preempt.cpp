#include "schedule/preempt.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/check.h"

namespace weir::schedule {

using model::RankPlacement;

namespace {

// The nodes that some victims hold, as they were without these victims.
class Without {
 public:
  Without(const Capacity& capacity, std::span<const model::Node> nodes,
          const model::ResourceOption& option)
      : capacity_(capacity), nodes_(nodes), option_(option) {
    for (const Pool& pool : capacity.pools()) {
      demands_.push_back(pool.demand(option));
      if (!demands_.back()) continue;
      for (const auto& [shape, members] : pool.free) {
        if (covers(shape, *demands_.back())) fitting_ += members.size();
      }
    }
  }

  void end(const Victim& victim) { change(victim, true); }
  void bring_back(const Victim& victim) { change(victim, false); }
  [[nodiscard]] std::uint64_t fitting() const { return fitting_; }

  // Places for so many ranks: those that need no victim first. Requires: fitting() is enough.
  [[nodiscard]] std::vector<RankPlacement> ranks(std::uint32_t count) const {
    std::vector<RankPlacement> ranks;
    for (std::size_t i = 0; i < demands_.size(); ++i) {
      if (!demands_[i]) continue;
      for (const auto& [shape, members] : capacity_.pools()[i].free) {
        if (!covers(shape, *demands_[i])) continue;
        members.for_each([&](std::uint32_t node) {
          if (ranks.size() == count) return false;
          ranks.push_back(rank_on(node, nullptr));
          return true;
        });
      }
    }
    for (const auto& [node, freed] : freed_) {
      if (ranks.size() == count) break;
      if (fits(node, capacity_.free_of(node)) || !fits(node, freed.shape)) continue;
      ranks.push_back(rank_on(node, &freed));
    }
    WEIR_CHECK(ranks.size() == count, "as many nodes fit as were counted");
    return ranks;
  }

 private:
  struct Freed {
    Shape shape;
    std::set<std::uint32_t> devices;
  };

  [[nodiscard]] bool fits(std::uint32_t node, const Shape& shape) const {
    const auto& demand = demands_[capacity_.pool_index(node)];
    return demand && covers(shape, *demand);
  }

  void change(const Victim& victim, bool ends) {
    for (const RankPlacement& rank : *victim.ranks) {
      Freed& freed =
          freed_.try_emplace(rank.node, Freed{capacity_.free_of(rank.node), {}}).first->second;
      if (fits(rank.node, freed.shape)) --fitting_;
      for (const std::uint32_t device : rank.devices) {
        if (rank.is_share()) continue;
        ends ? (void)freed.devices.insert(device) : (void)freed.devices.erase(device);
      }
      const Shape amount = capacity_.shape_of(rank);
      ends ? freed.shape += amount : freed.shape -= amount;
      if (fits(rank.node, freed.shape)) ++fitting_;
    }
  }

  [[nodiscard]] RankPlacement rank_on(std::uint32_t node, const Freed* freed) const {
    RankPlacement rank{node, option_.cpus, option_.memory_bytes, {}};
    if (option_.is_share()) rank.device_milli = option_.device_milli;
    for (const model::DeviceCount& wanted : option_.devices) {
      std::uint32_t missing = wanted.count;
      const auto pick = [&](bool free) {
        const auto& devices = nodes_[node].devices;
        for (std::uint32_t i = 0; i < devices.size() && missing > 0; ++i) {
          const bool here = free ? capacity_.device_free(node, i)
                                 : freed != nullptr && freed->devices.contains(i);
          if (!here || devices[i].model != wanted.model) continue;
          rank.devices.push_back(i);
          --missing;
        }
      };
      pick(true);
      pick(false);
      WEIR_CHECK(missing == 0, "as many devices come free as were counted");
    }
    std::sort(rank.devices.begin(), rank.devices.end());
    return rank;
  }

  const Capacity& capacity_;
  std::span<const model::Node> nodes_;
  const model::ResourceOption& option_;
  std::vector<std::optional<Shape>> demands_;  // by pool
  std::map<std::uint32_t, Freed> freed_;
  std::uint64_t fitting_ = 0;
};

std::optional<Reclaim> reclaim_under(const Capacity& capacity, std::span<const model::Node> nodes,
                                     std::uint32_t ranks, const model::ResourceOption& option,
                                     std::span<const Victim> victims) {
  Without without(capacity, nodes, option);
  std::vector<const Victim*> chosen;
  for (const Victim& victim : victims) {
    if (without.fitting() >= ranks) break;
    without.end(victim);
    chosen.push_back(&victim);
  }
  if (without.fitting() < ranks) return std::nullopt;
  // Whoever turns out not to be needed goes on, the dearest first.
  Reclaim found;
  for (auto at = chosen.rbegin(); at != chosen.rend(); ++at) {
    without.bring_back(**at);
    if (without.fitting() >= ranks) continue;
    without.end(**at);
    found.from.push_back((*at)->key);
  }
  std::sort(found.from.begin(), found.from.end());
  found.ranks = without.ranks(ranks);
  return found;
}

}  // namespace

base::Duration time_lost(base::Duration since_start,
                         std::optional<base::Duration> checkpoint_every) {
  const base::Duration done = std::max(since_start, base::Duration(0));
  if (!checkpoint_every || *checkpoint_every <= base::Duration(0)) return done;
  return done % *checkpoint_every;
}

Loss loss_of(std::span<const RankPlacement> ranks, base::Duration lost) {
  const std::int64_t ms = base::to_us(lost) / 1000;
  Loss loss;
  for (const RankPlacement& rank : ranks) {
    loss.device_ms += ms * rank.devices_milli() / model::whole_device_milli;
    loss.cpu_ms += ms * rank.cpus;
  }
  return loss;
}

void cheapest_first(std::vector<Victim>& victims) {
  std::sort(victims.begin(), victims.end(), [](const Victim& a, const Victim& b) {
    return std::tie(a.loss, b.placed, a.key) < std::tie(b.loss, a.placed, b.key);
  });
}

std::optional<Reclaim> reclaim(const Capacity& capacity, std::span<const model::Node> nodes,
                               const Request& request, std::span<const Victim> victims) {
  for (std::uint32_t i = 0; i < request.options.size(); ++i) {
    auto found = reclaim_under(capacity, nodes, request.nodes, request.options[i], victims);
    if (!found) continue;
    found->option = i;
    return found;
  }
  return std::nullopt;
}

}  // namespace weir::schedule
