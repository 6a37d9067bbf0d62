// Where a rank has room, by kinds of room, and which kind is the best by each rule of placing.
#pragma once

#include <cstdint>
#include <vector>

#include "schedule/capacity.h"
#include "schedule/placing.h"

namespace weir::schedule {

// Nodes with equal room for a demand.
struct Room {
  std::uint32_t pool = 0;
  const FreeKinds::Kind* kind = nullptr;
  RankDemand demand;
  std::int64_t score = 0;  // less is better
};

// Calls visit(room) for each until it returns false.
template <typename Visit>
void each_room(const Capacity& capacity, const model::ResourceOption& option, Visit&& visit) {
  for (std::uint32_t i = 0; i < capacity.pools().size(); ++i) {
    const Pool& pool = capacity.pools()[i];
    const auto demand = pool.demand(option);
    if (!demand || !covers(pool.whole, *demand)) continue;
    for (auto at = pool.free.rbegin(); at != pool.free.rend(); ++at) {
      // Less than its devices is less than enough, and all that follow have fewer still.
      if (!demand->is_share() && at->shape.device_total < demand->device_total) break;
      if (!fits(at->shape, *demand)) continue;
      if (!visit(Room{i, &*at, *demand, 0})) return;
    }
  }
}
// All there are, in no order of merit. Cost: kinds of free shapes.
[[nodiscard]] std::vector<Room> rooms_for(const Capacity& capacity,
                                          const model::ResourceOption& option);

// The best first. Rooms of one score are alike, and their nodes go by index; with `tightest` and
// `spread` no two are alike but by chance, and each score has one room. Requires: the rule is
// neither `first` nor `random`, to which all nodes are alike.
//
// best_fit and dot_product weigh processors and devices, each as a part of the largest node's, in
// hundredths: nodes that differ by less are equals (as in the simulator of Weng et al. 2023).
// A share goes by what it would leave of its device first: under `tightest` the least, under
// `spread` the most.
// Cost: rooms × log rooms, and the scores that the book does not hold.
void put_in_order(std::vector<Room>& rooms, const Capacity& capacity, const Placing& placing);

// What the device has left that a share is taken of: any of these amounts is as good. Ascending.
// Requires: the demand is a share, and fits; the rule is not `random`.
// Cost: as many as are shared; `fragmentation` also the usual demands for each of them.
[[nodiscard]] std::vector<std::uint32_t> shares_from(const Capacity& capacity, std::uint32_t node,
                                                     const RankDemand& demand,
                                                     const Placing& placing);

}  // namespace weir::schedule
