#include "schedule/choose.h"

#include <algorithm>
#include <numeric>

#include "schedule/score_book.h"

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

namespace {

bool can_compare(model::PlacingRule rule) {
  return gives_scores(rule) || rule == model::PlacingRule::random ||
         rule == model::PlacingRule::first;
}

}  // namespace

std::optional<Choice> choose(const Capacity& capacity, const Request& request,
                             std::span<const std::uint32_t> options, const Placing& placing,
                             const NodeGate* gate) {
  const bool compare = placing.best_of_options && !request.ordered && can_compare(placing.rule);
  std::optional<Picked> best;
  std::uint32_t taken = 0;
  for (const std::uint32_t option : options) {
    auto picked = pick(capacity, request.nodes, request.options[option], placing, gate);
    if (!picked) continue;
    const bool better = !best || picked->score < best->score ||
                        (picked->score == best->score && picked->nodes < best->nodes);
    if (!better) continue;
    best = std::move(picked);
    taken = option;
    if (!compare) break;
  }
  if (!best) return std::nullopt;
  return Choice{taken, ranks_on(capacity, *best, request.options[taken], placing, gate)};
}

}  // namespace weir::schedule
