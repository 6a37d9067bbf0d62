#include "model/policy.h"

namespace weir::model {

Policy weir_policy() {
  Policy policy;
  policy.order = OrderRule::fair;
  policy.backfill = BackfillRule::easy;
  policy.placing = PlacingRule::scarcity;
  policy.ageing = 4;
  policy.rounds = Rounds{};
  policy.rounds->pairs = true;
  return policy;
}

}  // namespace weir::model
