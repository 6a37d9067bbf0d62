// How an attempt ended, from how its ranks did.
#pragma once

#include <cstdint>
#include <span>

#include "backend/rank.h"
#include "model/attempt.h"

namespace weir::agent {

// One rank of a gang and its end; none: it never began, and never will.
struct RankEnd {
  std::uint32_t rank = 0;
  const backend::RankOutcome* outcome = nullptr;
};

// True if the rank did what it was asked to.
[[nodiscard]] bool succeeded(const backend::RankOutcome& outcome);

// The end of one rank in the words of the control plane. `stop_reason` is why the attempt is not
// wanted any more; none: nobody asked for its end.
[[nodiscard]] model::Outcome rank_outcome(const backend::RankOutcome& outcome,
                                          model::Reason stop_reason);

// The end of the whole gang: that of the rank which was the first to fail by itself; where none
// did, the gang was stopped if any rank was, and succeeded otherwise. It depends on nothing but
// these ends, so that an agent that comes up later says the same.
//
// Usage: cpu time is summed, wall time and peak memory are those of the rank with the most.
[[nodiscard]] model::Outcome gang_outcome(std::span<const RankEnd> ranks,
                                          model::Reason stop_reason);

}  // namespace weir::agent
