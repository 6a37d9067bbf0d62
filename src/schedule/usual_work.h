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
#include "model/policy.h"
#include "model/usual_work.h"
#include "schedule/capacity.h"

namespace weir::schedule {

using model::UsualDemand;

struct UsualWork {
  std::vector<UsualDemand> demands;
  std::int64_t ranks = 0;  // the sum of theirs

  static constexpr std::size_t demands_most = model::usual_demands_most;
  friend bool operator==(const UsualWork&, const UsualWork&) = default;
};
WEIR_DESCRIBE(UsualWork, demands, ranks)

// Of 100 ranks that are seen so many are looked at: 95 by `fragmentation`, as its authors do.
[[nodiscard]] constexpr std::int64_t usual_percent(model::PlacingRule rule) {
  return rule == model::PlacingRule::scarcity ? 99 : 95;
}

// The most frequent of what is seen, until they make up `percent` of 100 ranks; what asks for the
// same is taken together. Order: ranks, then what is asked for; not that of `seen`.
[[nodiscard]] UsualWork usual_work(std::span<const UsualDemand> seen, std::int64_t percent = 95);

// The usual work as one pool's nodes meet it.
class UsualOnPool {
 public:
  UsualOnPool(const Pool& pool, const UsualWork& usual);

  // Thousandths of idle devices that a usual rank cannot use, summed over the ranks.
  // Cost: usual demands; amounts of devices that they ask for, times the devices that are shared.
  [[nodiscard]] std::int64_t unusable(const FreeShape& free) const;

 private:
  struct OfRanks {
    std::vector<RankDemand> options;  // those that an empty node could serve
    std::int64_t ranks = 0;
  };
  // Those that have one option here and ask for the same devices, or the same share of one.
  struct OfDevices {
    RankDemand devices;  // and nothing else
    std::uint8_t model = 0;
    std::vector<std::uint32_t> cpus;  // and what else they ask for, each
    std::vector<std::int64_t> memory_bytes;
    std::vector<std::int64_t> ranks;
  };
  [[nodiscard]] static std::int64_t usable(const FreeShape& free, const OfDevices& group);
  [[nodiscard]] static std::int64_t usable(const FreeShape& free, const OfRanks& demand);
  void add(const RankDemand& demand, std::int64_t ranks);

  std::int64_t ranks_ = 0;  // of all usual work, what has no option here included
  std::vector<OfDevices> groups_;
  std::vector<OfRanks> others_;  // several options, or devices of several models
};

}  // namespace weir::schedule
