#include "engine/usual.h"

#include <map>
#include <vector>

namespace weir::engine {

using model::UsualDemand;

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

schedule::PlacesLeft places_left(const State& state, const Index& index) {
  schedule::PlacesLeft left;
  for (const auto& [site, places] : index.sites) {
    schedule::add_places_left(places.capacity, state.usual.work, left);
  }
  return left;
}

}  // namespace weir::engine
