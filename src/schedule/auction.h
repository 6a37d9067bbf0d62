// Divides the capacity of pools among demands by bidding; the prices that result are what capacity
// is worth at the margin.
//
// The problem is a linear program, a transport of divisible load with gains:
//     maximise    sum over ways  worth × amount
//     subject to  each demand's amounts sum to at most what it has,
//                 each pool's amounts × units sum to at most its capacity.
// The method is the auction for transport problems (Bertsekas & Castañon 1989), with units that
// differ by way, load that is divisible to 1/1024 task, and raises that are a fixed part of the
// bidder's own worth (Zheng & Henzinger 2023), so that a wide range of worths costs no more rounds
// than a narrow one. Integers only.
//
// Whoever has load left bids for its best pool up to where the next best would be as good, and a
// little more; the lowest holders of a full pool give way and bid again. Prices only rise, so it
// ends; it ends earlier when weak duality proves that what it has is good enough. It begins with
// large raises; where they end in too wide a gap it begins again near the prices they found, with
// smaller ones (epsilon scaling), so that pools that are alike do not outbid each other by pennies.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace weir::schedule {

__extension__ using Wide = __int128;

constexpr std::int64_t parts_per_task = 1024;  // load is divisible down to this
constexpr int worth_bits = 40;                 // a Wide worth or price is gain × 2^40
// A bid is this part of its worth above the price: first coarse, then finer.
constexpr std::int64_t raises_coarsest = 16;
constexpr std::int64_t raises_finest = 1024;
constexpr std::int64_t gap_accepted = 512;  // done when the proven gap is below this part

// One way to serve a demand.
struct Way {
  std::uint32_t demand = 0;  // index of a demand
  std::uint32_t pool = 0;    // index of a pool
  std::int64_t units = 1;    // of the pool, for one task
  Wide worth = 0;            // of one task served so, × 2^worth_bits
};

struct Auctioned {
  std::vector<std::int64_t> parts;  // for each way, in 1/parts_per_task of a task
  std::vector<Wide> prices;         // of one unit of each pool, × 2^worth_bits
  std::uint64_t bids = 0;
};

// Requires: ways grouped by demand; 0 < units <= 2^40, 0 <= worth <= 2^70, 0 <= demands < 2^40 and
//           0 <= capacities < 2^50, both in parts.
// Ensures:  the amounts keep to all limits, and their worth is at least bound_of(prices) × (1 −
//           1/gap_accepted), but for at most one part a pool; so it is as near to the optimum.
// Order:    demands bid in turn, first come first; ties go to the way that stands first.
// Cost:     in practice some ten bids a way, each O(ways of the demand + log holders). It stops
//           after 64 × raise × ways bids whatever happens; bound_of then says how near it came.
// Source:   Bertsekas & Castañon 1989, "The auction algorithm for the transportation problem".
[[nodiscard]] Auctioned auction(std::span<const Way> ways, std::span<const std::int64_t> demands,
                                std::span<const std::int64_t> capacities);

// No division of the load is worth more: the value of the dual at these prices, × 2^worth_bits, of
// load in parts. Holds for any prices that are not negative.
[[nodiscard]] Wide bound_of(std::span<const Way> ways, std::span<const std::int64_t> demands,
                            std::span<const std::int64_t> capacities, std::span<const Wide> prices);
// What amounts are worth, in the same measure.
[[nodiscard]] Wide worth_of(std::span<const Way> ways, std::span<const std::int64_t> parts);

}  // namespace weir::schedule
