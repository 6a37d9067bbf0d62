#include "schedule/choose.h"

#include <algorithm>
#include <numeric>

namespace weir::schedule {

Turns as_written(std::size_t options) {
  Turns turns(1);
  turns[0].resize(options);
  std::iota(turns[0].begin(), turns[0].end(), 0U);
  return turns;
}

Turns fastest_first(std::size_t options, std::span<const std::int64_t> rates) {
  Turns turns = as_written(options);
  if (rates.empty()) return turns;
  std::vector<std::uint32_t> all = std::move(turns[0]);
  std::stable_sort(all.begin(), all.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return rates[a] > rates[b]; });
  turns.clear();
  for (const std::uint32_t option : all) {
    if (turns.empty() || rates[turns.back().front()] != rates[option]) turns.emplace_back();
    turns.back().push_back(option);
  }
  return turns;
}

std::optional<Choice> choose(const Capacity& capacity, const Request& request,
                             std::span<const std::uint32_t> options, const Placing& placing,
                             const NodeGate* gate) {
  for (const std::uint32_t option : options) {
    auto ranks = place(capacity, request.nodes, request.options[option], placing, gate);
    if (ranks) return Choice{option, std::move(*ranks)};
  }
  return std::nullopt;
}

}  // namespace weir::schedule
