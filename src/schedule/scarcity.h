// What a placement takes from the places that are left for usual work, weighed by how few there are
// of each: the measure of the rule `scarcity`.
//
// A usual request can use so much of what a node has idle: of its devices those with enough left,
// and of these as much as the node's processors are enough for. Summed over all nodes that is what
// is left for it. A placement costs, over all usual requests, how often it is seen times the part
// of what is left for it that the placement takes. So what many ask for and few nodes can give is
// spared, whatever makes it scarce: models, processors or whole devices.
//
// A share of a device goes first where it spoils the least of a device: see device_worth.
// Integers alone; the fractions are fixed ones, the same everywhere.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/describe.h"
#include "schedule/capacity.h"
#include "schedule/usual_work.h"

namespace weir::schedule {

struct PlacesLeft {
  std::vector<std::int64_t> milli;  // of devices, that each usual demand can use
  std::int64_t idle_milli = 0;      // of devices, whoever can use them

  // It is counted anew after so many placements: what is scarce changes slowly.
  static constexpr std::uint32_t placements_between = 256;
  friend bool operator==(const PlacesLeft&, const PlacesLeft&) = default;
};
WEIR_DESCRIBE(PlacesLeft, milli, idle_milli)

// Adds what is left on one site. Cost: kinds of free shapes × usual demands.
void add_places_left(const Capacity& capacity, const UsualWork& usual, PlacesLeft& left);

// The usual work as one pool's nodes meet it, each with its weight.
class ScarcityOnPool {
 public:
  ScarcityOnPool(const Pool& pool, const UsualWork& usual, const PlacesLeft& left);

  // The weighted sum of what usual work can use of a node. What a placement costs is how much it
  // lowers this. Cost: usual demands.
  [[nodiscard]] std::int64_t worth(const FreeShape& free) const;

 private:
  struct OfDevices;
  struct Member {
    std::uint32_t cpus = 0;
    std::int64_t memory_bytes = 0;
    std::int64_t milli_per_cpu = 0;  // × 4096
    std::int64_t weight = 0;
  };
  struct Group {  // those that ask for the same devices, or the same share of one
    RankDemand devices;
    std::vector<Member> members;
  };
  std::vector<Group> groups_;
};

// Costs are told apart in steps of so many thousandths of a device; nodes that differ by less are
// equals, and the first fills up.
[[nodiscard]] std::int64_t scarcity_step(const PlacesLeft& left);

// What x thousandths of a device are worth to the usual shares, in thousandths of a whole one, for
// x from 0 to 1000: filled as well as they can be, at the prices at which the fewest devices serve
// all usual shares. All 0 where nobody usually asks for a share.
//
// Method: the dual of the cutting-stock program by column generation with a knapsack (Gilmore &
//         Gomory 1961), in fixed fractions of 2^-44. Tests hold it against CLP.
// Cost:   sizes of shares^2 for each column, and 1000 × sizes for each knapsack.
[[nodiscard]] std::vector<std::int32_t> device_worth(const UsualWork& usual);

// How much of a device's worth is spoiled where a share is taken of one that has so much left; in
// steps of 16 thousandths.
[[nodiscard]] std::int32_t spoiled(std::span<const std::int32_t> worth, std::uint32_t left,
                                   std::uint32_t share);

}  // namespace weir::schedule
