#include "engine/usual.h"

#include <map>
#include <vector>

namespace weir::engine {

UsualRecord usual_work(const State& state, const Index& index) {
  UsualRecord usual;
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
  usual.work = schedule::usual_work(seen);
  usual.last_job = state.last_job;
  return usual;
}

}  // namespace weir::engine
