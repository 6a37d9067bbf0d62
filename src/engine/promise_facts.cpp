#include "engine/promise_facts.h"

#include <algorithm>
#include <set>
#include <utility>

namespace weir::engine {

using namespace model;

namespace {

// Takes the promises as a copy: those that go are erased from where it came from.
template <typename Which>
void withdraw_where(State& state, Index& index, std::set<std::pair<base::Time, JobId>> promises,
                    const Which& which) {
  for (const auto& [start, id] : promises) {
    JobRecord& job = state.jobs.at(id);
    if (which(job)) withdraw_promise(index, job);
  }
}

}  // namespace

void withdraw_promise(Index& index, JobRecord& job) {
  if (!job.promise) return;
  index.unreserve(job);
  job.promise.reset();
}

void withdraw_promises_on(State& state, Index& index, SiteId site) {
  withdraw_where(state, index, index.sites.at(site).promises,
                 [](const JobRecord&) { return true; });
}

void withdraw_promises_on_nodes(State& state, Index& index, SiteId site,
                                const std::vector<RankPlacement>& ranks) {
  withdraw_where(state, index, index.sites.at(site).promises, [&](const JobRecord& job) {
    const std::vector<std::uint32_t>& nodes = job.promise->nodes;
    return std::any_of(ranks.begin(), ranks.end(), [&](const RankPlacement& rank) {
      return std::binary_search(nodes.begin(), nodes.end(), rank.node);
    });
  });
}

void withdraw_where_closed(State& state, Index& index) {
  withdraw_where(state, index, index.promises, [&](const JobRecord& job) {
    const auto& option = index.asked_kind(job).request.options[job.promise->option];
    return !index.sites.at(job.promise->site).capacity.admits(option);
  });
}

void withdraw_what_is_kept_out(State& state, Index& index) {
  withdraw_where(state, index, index.promises,
                 [&](const JobRecord& job) { return !index.is_open(job, job.promise->option); });
}

}  // namespace weir::engine
