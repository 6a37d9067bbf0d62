// Who runs, by an order of jobs: the first that has devices left gets them, on the model where it
// is quickest of those that have.
#include <algorithm>
#include <array>
#include <tuple>

#include "engine/round_plan.h"

namespace weir::engine {

using namespace model;

namespace {

// Tiresias' levels of device-time; among equals whoever came first. Source: Gu et al., "Tiresias: A
// GPU Cluster Manager for Distributed Deep Learning" (NSDI 2019), and the limits of its simulator.
constexpr std::array service_levels{std::chrono::seconds(3250), std::chrono::seconds(7200),
                                    std::chrono::seconds(18000)};

using Key = std::tuple<base::Duration, base::Time, JobId>;  // the least goes first

Key key_of(const Policy& policy, const TurnCandidate& candidate) {
  const JobRecord& job = *candidate.job;
  if (policy.rounds->turns == TurnRule::remaining) {
    return {candidate.work->time_left(job), job.submitted, job.id};
  }
  const base::Duration had = candidate.work->service(job);
  const auto level =
      std::upper_bound(service_levels.begin(), service_levels.end(), had) - service_levels.begin();
  return {base::Duration(level), job.submitted, job.id};
}

}  // namespace

std::vector<ChosenTurn> choose_by_order(const Engine& engine,
                                        const std::vector<TurnCandidate>& candidates,
                                        std::vector<std::int64_t> devices) {
  std::vector<std::pair<Key, std::uint32_t>> order;
  order.reserve(candidates.size());
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    order.emplace_back(key_of(engine.state().policy, candidates[i]), i);
  }
  std::sort(order.begin(), order.end());
  std::vector<ChosenTurn> chosen;
  for (const auto& [key, candidate] : order) {
    const TurnWork& work = *candidates[candidate].work;
    if (work.devices == 0) {
      chosen.push_back({candidate, {}, {}});
      continue;
    }
    std::optional<std::uint32_t> best;
    for (std::uint32_t model = 0; model < devices.size(); ++model) {
      const std::int64_t rate = work.on[model].rate_micro;
      if (rate == 0 || devices[model] < work.devices) continue;
      if (!best || rate > work.on[*best].rate_micro) best = model;
    }
    if (!best) continue;
    devices[*best] -= work.devices;
    chosen.push_back({candidate, best, {}});
  }
  return chosen;
}

}  // namespace weir::engine
