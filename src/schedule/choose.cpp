#include "schedule/choose.h"

namespace weir::schedule {

std::optional<Choice> choose(const Capacity& capacity, const Request& request,
                             const Placing& placing, const NodeGate* gate) {
  for (std::uint32_t i = 0; i < request.options.size(); ++i) {
    auto ranks = place(capacity, request.nodes, request.options[i], placing, gate);
    if (ranks) return Choice{i, std::move(*ranks)};
  }
  return std::nullopt;
}

}  // namespace weir::schedule
