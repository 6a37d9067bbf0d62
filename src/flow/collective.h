// What it takes to add up a gradient among workers or sites by a ring, and how much longer a step
// of training lasts for it.
//
// A ring of n members splits S bytes into n parts. In each of 2(n-1) steps every member sends one
// part to its next: n-1 steps add the parts up, n-1 hand the sums round. So 2(n-1)/n × S bytes
// leave each member, whatever their number, and each step waits for the wire once:
//
//     t = 2(n-1)/n × S/B + k × R        k = 2(n-1) where nothing else is told
//
// B is the slowest bandwidth from a member to its next, R what a step waits for: a round trip where
// the next part goes when the last was acknowledged; tell half of it where nobody waits for that.
// Members that are coupled loosely do so every H steps only, and may go on computing meanwhile.
// Left out: the time of the additions themselves, trees and hierarchies (tell their k and B).
// Pure: whole numbers, rounded up.
//
// Source: ring all-reduce: Patarasuk & Yuan, J. Parallel Distrib. Comput. 2009; steps × latency +
//         bytes over bandwidth: Thakur, Rabenseifner & Gropp, IJHPCA 2005; a sum every H steps:
//         Stich, ICLR 2019 (local SGD), Douillard et al. 2023 (DiLoCo).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "flow/sharing.h"

namespace weir::flow {

struct AllReduce {
  std::int64_t bytes = 0;  // of the gradient: S
  std::uint32_t members = 1;
  std::int64_t bits_per_second = 0;  // B
  base::Duration round_trip{};       // R
  std::optional<std::uint32_t> latency_steps{};

  friend bool operator==(const AllReduce&, const AllReduce&) = default;
};

// None for one member. Requires: members > 0, bytes from 0, bits_per_second > 0, and an answer
// below 2^60 microseconds.
[[nodiscard]] base::Duration all_reduce_time(const AllReduce& all_reduce);

// A step of training, and how it is kept in step with the others.
struct CoupledStep {
  base::Duration compute{};  // of one step, without the others
  AllReduce all_reduce;
  std::uint32_t every = 1;  // H
  // Beside how much computation the all-reduce may run, in millionths of one step's. Up to `every`
  // million: it runs beside all steps until the next.
  std::uint32_t overlap_millionths = 0;
};

struct StretchedStep {
  base::Duration step{};     // on the mean of `every` steps, rounded up
  base::Duration exposed{};  // what of one all-reduce nothing is computed beside
  std::int64_t slow_down_millionths = 1'000'000;  // stretched ÷ compute, rounded up

  friend bool operator==(const StretchedStep&, const StretchedStep&) = default;
};

// H steps and what is exposed of one all-reduce, over H.
// Requires: compute > 0, every > 0, overlap no more than `every` million.
[[nodiscard]] StretchedStep stretched(const CoupledStep& step);

// An all-reduce on links that others use too.
struct Ring {
  base::Time start;
  std::int64_t bytes = 0;
  // From each member to its next, the last to the first. Requires: two members at least.
  std::vector<std::vector<std::size_t>> routes;
  // Of each member's transfers; empty: 1 each.
  std::vector<std::uint32_t> weights;
};

// Adds the ring's transfers: step by step, in each member by member, an n-th of the bytes (rounded
// up) each. A member begins a step once it has sent and received all of the step before; nobody
// waits for the others. The last n added are the last step: the all-reduce ends when all of them
// have.
void add_ring(const Ring& ring, std::vector<Transfer>& transfers);

// When each ring ends. Cost: that of ends_of with 2(n-1)n transfers each.
[[nodiscard]] std::vector<base::Time> ring_ends(std::span<const SharedLink> links,
                                                std::span<const Ring> rings);

}  // namespace weir::flow
