// By which rule nodes are picked, and what the rule goes by.
#pragma once

#include <cstdint>

#include "model/policy.h"

namespace weir::schedule {

struct UsualWork;
struct PlacesLeft;
class ScoreBook;

struct Placing {
  model::PlacingRule rule = model::PlacingRule::tightest;
  std::uint64_t seed = 0;  // of the draw, where the rule is `random`
  // Wanted by `fragmentation` and `scarcity`; none: all nodes are alike to them.
  const UsualWork* usual = nullptr;
  const PlacesLeft* left = nullptr;  // wanted by `scarcity`: for that usual work
  ScoreBook* book = nullptr;         // of this capacity and rule; none: begins anew
  // Of options that are done alike the one that is placed best is taken, where the rule can tell;
  // false: the first that has room.
  bool best_of_options = false;
};

}  // namespace weir::schedule
