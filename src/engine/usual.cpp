#include "engine/usual.h"

#include <map>
#include <utility>
#include <vector>

namespace weir::engine {

using model::PlacingRule;
using model::UsualDemand;

namespace {

bool places_by_scarcity(const State& state) {
  return state.policy.placing == PlacingRule::scarcity;
}

bool places_by_usual_work(const State& state) {
  return state.policy.placing == PlacingRule::fragmentation || places_by_scarcity(state);
}

UsualRecord usual_work(const State& state, const Index& index) {
  UsualRecord usual;
  usual.last_job = state.last_job;
  if (!state.policy.usual.empty()) {
    usual.work.demands = state.policy.usual;
    for (const UsualDemand& each : usual.work.demands) usual.work.ranks += each.ranks;
    return usual;
  }
  std::map<std::uint32_t, std::int64_t> ranks_of_kind;
  for (const auto& [tenant, jobs] : index.active_by_tenant) {
    for (const model::JobId id : jobs) {
      const JobRecord& job = state.jobs.at(id);
      const std::int64_t tasks = job.waiting() + static_cast<std::int64_t>(job.running.size());
      ranks_of_kind[index.classes[job.request_class].asked] += tasks * job.nodes;
      ++usual.jobs;
    }
  }
  std::vector<schedule::UsualDemand> seen;
  for (const auto& [kind, ranks] : ranks_of_kind) {
    seen.push_back({index.kinds[kind].request.options, ranks});
  }
  usual.work = schedule::usual_work(seen, schedule::usual_percent(state.policy.placing));
  return usual;
}

void count_places_left(State& state, Index& index) {
  schedule::PlacesLeft left;
  for (const auto& [site, places] : index.sites) {
    schedule::add_places_left(places.capacity, state.usual.work, left);
  }
  state.usual.left = std::move(left);
  state.usual.placed = 0;
  for (auto& [site, places] : index.sites) places.scores.forget_costs();
}

}  // namespace

void count_usual_work(State& state, Index& index) {
  state.usual = places_by_usual_work(state) ? usual_work(state, index) : UsualRecord{};
  for (auto& [site, places] : index.sites) places.scores.clear();
  if (places_by_scarcity(state)) count_places_left(state, index);
}

void note_submission(State& state, Index& index) {
  if (!places_by_usual_work(state) || !state.policy.usual.empty()) return;
  const std::uint64_t came = state.last_job - state.usual.last_job;
  if (came > state.usual.jobs / 8) count_usual_work(state, index);
}

void note_placement(State& state, Index& index, std::uint32_t ranks) {
  if (!places_by_scarcity(state)) return;
  state.usual.placed += ranks;
  if (state.usual.placed >= schedule::PlacesLeft::placements_between) {
    count_places_left(state, index);
  }
}

void note_site(State& state, Index& index) {
  if (places_by_scarcity(state)) count_places_left(state, index);
}

}  // namespace weir::engine
