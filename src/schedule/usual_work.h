// What is usually asked for here, and how much of a node's idle devices it cannot use.
//
// The measure of schedule/fragmentation.h on what a pool's nodes have free (schedule/shape.h) and
// with a request's alternatives: what is left of a device is of use to a request if it is enough
// for one of the options that fit the node, and of its model. A request goes where it raises what
// is unusable the least. Thousandths of devices times counts of ranks: exact, and the same
// everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/describe.h"
#include "model/job.h"
#include "schedule/capacity.h"

namespace weir::schedule {

// Ranks that ask for the same.
struct UsualDemand {
  std::vector<model::ResourceOption> options;  // amounts alone, of one rank
  std::int64_t ranks = 0;

  friend bool operator==(const UsualDemand&, const UsualDemand&) = default;
};
WEIR_DESCRIBE(UsualDemand, options, ranks)

struct UsualWork {
  std::vector<UsualDemand> demands;
  std::int64_t ranks = 0;  // the sum of theirs

  static constexpr std::size_t demands_most = 64;
  static constexpr std::int64_t percent = 95;  // of all ranks that are seen, as its authors do
  friend bool operator==(const UsualWork&, const UsualWork&) = default;
};
WEIR_DESCRIBE(UsualWork, demands, ranks)

// The most frequent of what is seen, until they make up 95 of 100 ranks; what asks for the same is
// taken together. Order: ranks, then what is asked for; not that of `seen`.
[[nodiscard]] UsualWork usual_work(std::span<const UsualDemand> seen);

// The usual work as one pool's nodes meet it.
class UsualOnPool {
 public:
  UsualOnPool(const Pool& pool, const UsualWork& usual);

  // Thousandths of idle devices that a usual rank cannot use, summed over the ranks.
  // Cost: usual demands and their options, times the devices that are shared.
  [[nodiscard]] std::int64_t unusable(const FreeShape& free) const;

 private:
  struct OfRanks {
    std::vector<RankDemand> options;  // those that an empty node could serve
    std::int64_t ranks = 0;
  };
  std::vector<OfRanks> demands_;
};

}  // namespace weir::schedule
