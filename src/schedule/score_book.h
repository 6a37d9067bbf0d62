// How well ranks would stand on kinds of nodes, by the rules of placing that give numbers, and
// remembered: a placement changes one kind of a pool, and all else stays as it was found.
//
// A cache and no state: nothing depends on what is in it but time. It holds for one capacity, rule
// and usual work; where these change, clear().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "schedule/capacity.h"
#include "schedule/placing.h"
#include "schedule/scarcity.h"
#include "schedule/usual_work.h"

namespace weir::schedule {

// True of the rules that give numbers which can be compared whatever was asked for.
[[nodiscard]] constexpr bool gives_scores(model::PlacingRule rule) {
  using enum model::PlacingRule;
  return rule == fragmentation || rule == scarcity || rule == best_fit || rule == dot_product ||
         rule == device_packing;
}

class ScoreBook {
 public:
  // Less is better.
  struct Best {
    std::int32_t score = 0;
    std::uint32_t node = 0;
  };
  // The node where one rank stands best, of equals the first; none: it fits nowhere.
  // Requires: the rule gives scores.
  // Cost: slots of the pools that could serve it, and the score of each kind that is new to it;
  //       `scarcity`: of the kinds up to the first node that costs nothing.
  [[nodiscard]] std::optional<Best> best(const Capacity& capacity,
                                         const model::ResourceOption& option,
                                         const Placing& placing);

  // Of a rank on nodes of this kind. Requires: it fits.
  [[nodiscard]] std::int32_t score(const Capacity& capacity, std::uint32_t pool,
                                   const FreeKinds::Kind& kind, const RankDemand& demand,
                                   const Placing& placing);

  // What a device has left of which a share goes best, under a rule that weighs usual work: any of
  // these amounts is as good. Ascending. Requires: it fits.
  [[nodiscard]] std::vector<std::uint32_t> best_shares(const Capacity& capacity, std::uint32_t pool,
                                                       const FreeKinds::Kind& kind,
                                                       const RankDemand& demand,
                                                       const Placing& placing);
  void clear() {
    pools_.clear();
    device_worth_.clear();
  }
  // What is left for usual work was counted anew: what hangs on it is forgotten.
  void forget_costs();

 private:
  struct Known {
    std::uint32_t version = 0;  // of the slot, when it was found
    std::int32_t score = 0;
  };
  struct KnownAmount {
    std::uint32_t version = 0;
    std::int64_t amount = 0;
  };
  struct OfDemand {             // by slot
    std::vector<Known> scores;  // `scarcity`: what of a device is spoiled
    std::vector<Known> costs;   // `scarcity` alone
  };
  struct OfPool {
    std::optional<UsualOnPool> usual;
    std::optional<ScarcityOnPool> scarcity;
    std::vector<KnownAmount> before;  // by slot: what the rule lowers or raises, as it is
    std::map<RankDemand, OfDemand> demands;
  };
  // Of the largest nodes there are; at least 1.
  struct Largest {
    std::int64_t cpus = 1;
    std::int64_t devices = 1;
  };
  struct Share {
    std::int32_t score = 0;
    std::vector<std::uint32_t> left;  // of devices, where it would do best; none: whole devices
  };
  // One pool that could serve what is asked for.
  struct Served {
    std::uint32_t pool = 0;
    RankDemand demand;
    OfDemand* known = nullptr;
  };
  struct Candidate {
    std::uint32_t node = 0;  // the first of its kind
    std::uint32_t served = 0;
    std::uint32_t slot = 0;
  };

  OfPool& of_pool(const Capacity& capacity, std::uint32_t pool);
  [[nodiscard]] static OfDemand& of_demand(OfPool& of_pool, const RankDemand& demand,
                                           std::size_t slots);
  [[nodiscard]] std::int32_t find(const Capacity& capacity, std::uint32_t pool,
                                  const FreeKinds::Kind& kind, const RankDemand& demand,
                                  const Placing& placing);
  [[nodiscard]] Share by_fragmentation(const Capacity& capacity, std::uint32_t pool,
                                       const FreeKinds::Kind& kind, const RankDemand& demand,
                                       const Placing& placing);
  // What would be spoiled of a device, at least; of a share alone.
  [[nodiscard]] std::int32_t least_spoiled(const FreeShape& free, const RankDemand& demand,
                                           const Placing& placing);
  // The cost of the devices of which the least is spoiled.
  [[nodiscard]] Share by_scarcity(const Capacity& capacity, std::uint32_t pool,
                                  const FreeKinds::Kind& kind, const RankDemand& demand,
                                  const Placing& placing);
  [[nodiscard]] std::int32_t cost(const Capacity& capacity, const Served& served,
                                  std::uint32_t slot, const Placing& placing);
  // Of candidates_ the one that costs the least.
  [[nodiscard]] std::optional<Best> cheapest(const Capacity& capacity, std::int32_t score,
                                             const Placing& placing);

  std::vector<OfPool> pools_;
  std::vector<std::int32_t> device_worth_;
  Largest largest_;
  std::vector<Served> served_;  // by best() alone, kept for their memory
  std::vector<Candidate> candidates_;
};

}  // namespace weir::schedule
