#include "engine/site_facts.h"

#include <algorithm>

#include "engine/promise_facts.h"
#include "engine/usual.h"
#include "model/pack.h"

namespace weir::engine {

using namespace model;

void note_site_joined(State& state, Index& index, const SiteJoined& fact, base::Time now) {
  SiteRecord& site = state.sites[fact.site];
  const bool same_nodes = site.nodes == fact.nodes;
  site.id = fact.site;
  site.name = fact.name;
  site.epoch = fact.epoch;
  site.in_touch = true;
  site.heard = now;
  state.last_site = std::max(state.last_site, fact.site.value);
  if (same_nodes && index.sites.contains(fact.site)) {
    return index.set_takes_work(fact.site, site.takes_work());
  }
  if (index.sites.contains(fact.site)) withdraw_promises_on(state, index, fact.site);
  site.nodes = fact.nodes;
  site.others.clear();
  index.set_site(state, site);
  note_site(state, index);
}

void note_site_lost(State& state, Index& index, SiteId id) {
  SiteRecord& site = state.sites.at(id);
  site.in_touch = false;
  ++site.epoch;  // what the agent still says is of the past: it has to join again
  withdraw_promises_on(state, index, id);
  index.set_takes_work(id, false);
}

void note_site_standing(State& state, Index& index, const SiteStandingSet& fact) {
  SiteRecord& site = state.sites.at(fact.site);
  site.standing = fact.standing;
  if (!site.takes_work()) withdraw_promises_on(state, index, fact.site);
  index.set_takes_work(fact.site, site.takes_work());
}

void note_others(State& state, Index& index, const OthersSeen& fact) {
  SiteRecord& site = state.sites.at(fact.site);
  index.set_others(site, fact.held);
  site.others = fact.held;
}

void note_late_end(State& state, const LateEndTold& fact) {
  JobRecord& job = state.jobs.at(fact.attempt.job);
  for (EndedAttempt& ended : job.ended) {
    if (ended.run.key == fact.attempt) ended.told_late = true;
  }
  job.last_sequence = state.sequence;
}

bool was_stopped(const RunningAttempt& run, const Outcome& outcome) {
  if (outcome.ending == Ending::stopped) return outcome.reason != Reason::preempted;
  return outcome.ending == Ending::lost && run.stopping == Reason::cancelled_by_user;
}

void keep_away(State& state, Index& index, JobRecord& job, SiteId site) {
  withdraw_promise(index, job);
  index.take_out(job);
  JobSpec spec = unpack_spec(job.packed_spec);
  const std::string& name = state.sites.at(site).name;
  std::vector<std::string>& refused_by = spec.where.refused_by;
  const auto at = std::lower_bound(refused_by.begin(), refused_by.end(), name);
  if (at == refused_by.end() || *at != name) refused_by.insert(at, name);
  job.packed_spec = pack_spec(spec);
  job.request_class = index.class_of(state, job.tenant, spec);
}

}  // namespace weir::engine
