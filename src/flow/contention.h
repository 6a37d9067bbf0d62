// Jobs whose iterations meet on a link, and who goes first there.
//
// A job computes, then sends, then computes again. Where several send at once, the link goes to the
// one whose sending brings the most work for each moment of the link: its communication intensity,
// work of an iteration ÷ time of that iteration on its slowest link.
// Two views of the same jobs:
//   rates       on the mean, as if what is sent could be spread at will between iterations. Here
//               first by intensity is the best of all orders, as filling a sack by worth per weight
//               is.
//   iterations  phase by phase. Here an order may be worse than its reverse, where the more intense
//               job has long iterations and the other many short ones that would have fitted
//               between; Crux corrects its ranks for that by trial, this does not.
// Left out: sending beside computing, and more than one link that jobs share.
// Pure: whole numbers.
//
// Source: Cao et al., SIGCOMM 2024, "Crux: GPU-Efficient Communication Scheduling for Deep Learning
//         Training" (GPU intensity, and priorities by it).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"

namespace weir::flow {

// An iteration of a job.
struct Iteration {
  std::int64_t work = 0;     // floating point operations, or whatever all of them are counted in
  base::Duration compute{};  // alone
  base::Duration on_link{};  // of what it sends, on its slowest link, alone

  friend bool operator==(const Iteration&, const Iteration&) = default;
};

// The more intense first, of equals the one that stands first. Requires: work >= 0, on_link > 0.
[[nodiscard]] std::vector<std::size_t> by_intensity(std::span<const Iteration> jobs);

// How much of the link each job has, in millionths, on the mean: as much as it can use of what
// those before it in `order` leave. Rounded down. Requires: `order` names each job once; compute
// from 0, on_link > 0.
[[nodiscard]] std::vector<std::int64_t> link_shares(std::span<const Iteration> jobs,
                                                    std::span<const std::size_t> order);
// The same where nobody is first: alike, and what one cannot use goes to the others.
[[nodiscard]] std::vector<std::int64_t> fair_link_shares(std::span<const Iteration> jobs);
// Work in a million microseconds with such shares, rounded down for each job.
[[nodiscard]] __int128 work_with(std::span<const Iteration> jobs,
                                 std::span<const std::int64_t> link_millionths);

// Phase by phase from the same moment on: how many iterations of each job are done after `span`.
// What moves beside others on the fair link is rounded up to a microsecond at each change.
// Requires: as above; compute + on_link > 0. Cost: iterations × jobs.
[[nodiscard]] std::vector<std::int64_t> iterations_by_order(std::span<const Iteration> jobs,
                                                            std::span<const std::size_t> order,
                                                            base::Duration span);
[[nodiscard]] std::vector<std::int64_t> iterations_alike(std::span<const Iteration> jobs,
                                                         base::Duration span);

}  // namespace weir::flow
