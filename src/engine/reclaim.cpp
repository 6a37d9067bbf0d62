// Guarantees: who holds less than its own gets it back from those who hold more than theirs.
//
// Ideal: a waiting task that its tenant's guarantee still covers starts at once, and the least work
// ends for it. So that nothing ends in vain, what is freed is kept for that task from the moment it
// is decided (PlaceReclaimed) until it starts there. Bounds: work is left alone for its first
// Limits::run_before_preemption, and a pass looks at Limits::reclaims_tried tasks at most.
#include <algorithm>

#include "engine/stepper.h"
#include "schedule/preempt.h"

namespace weir::engine {

using namespace model;

namespace {

// What is left to each tenant with a guarantee while more and more attempts are taken for the
// reclaim: none may fall below its own.
class Borrowed {
 public:
  Borrowed(const State& state, const TenantTree& tenants, std::uint32_t claimant)
      : state_(state), tenants_(tenants), claimant_(claimant) {}

  // Takes it if everybody it belongs to holds more than its own without it too. Who the claimant
  // belongs to itself loses nothing.
  bool take(std::uint32_t leaf, const schedule::Held& held) {
    if (tenants_.below(leaf, claimant_)) return false;
    std::vector<std::pair<std::uint32_t, schedule::Held>> after;
    for (std::uint32_t at = leaf; at != TenantTree::root; at = tenants_.parent(at)) {
      const Quota& guarantee = state_.tenants[at].settings.guarantee;
      if (tenants_.below(claimant_, at)) break;
      if (!schedule::speaks_of(guarantee, held)) continue;
      const auto known = left_.find(at);
      schedule::Held left =
          known == left_.end() ? tenants_.held_in_words(state_, at) : known->second;
      schedule::subtract(left, held);
      if (!schedule::still_covers(guarantee, left, held)) return false;
      after.emplace_back(at, std::move(left));
    }
    for (auto& [tenant, left] : after) left_[tenant] = std::move(left);
    return true;
  }

 private:
  const State& state_;
  const TenantTree& tenants_;
  std::uint32_t claimant_;
  std::map<std::uint32_t, schedule::Held> left_;
};

}  // namespace

void Stepper::renew_budgets() {
  const std::vector<std::uint32_t> budgeted = index().tenants().budgeted();
  for (const std::uint32_t tenant : budgeted) {
    const TenantRecord& record = state().tenants[tenant];
    if (record.spent().empty()) continue;
    const std::int64_t period = period_at(record.settings.budget->period, now_);
    if (period > record.spent_period) emit(BudgetRenewed{record.settings.path, period});
  }
}

void Stepper::drop_reclaim_of(JobId job) {
  for (const ReclaimRecord& reclaim : state().reclaims) {
    if (reclaim.attempt.job != job) continue;
    emit(ReclaimDropped{reclaim.attempt});
    return;  // a job has one at most
  }
}

void Stepper::drop_reclaims_on(SiteId site) {
  std::vector<AttemptKey> there;
  for (const ReclaimRecord& reclaim : state().reclaims) {
    if (reclaim.site == site) there.push_back(reclaim.attempt);
  }
  for (const AttemptKey key : there) emit(ReclaimDropped{key});
}

namespace {

// Devices are kept whole, also for one who gets a share.
bool is_back(const std::vector<RankPlacement>& kept, const ReclaimRecord& reclaim) {
  return std::equal(kept.begin(), kept.end(), reclaim.ranks.begin(), reclaim.ranks.end(),
                    [](RankPlacement whole, const RankPlacement& rank) {
                      whole.device_milli = rank.device_milli;
                      return whole == rank;
                    });
}

}  // namespace

void Stepper::place_reclaimed() {
  std::vector<TaskPlaced> back;
  for (const ReclaimRecord& reclaim : state().reclaims) {
    if (!is_back(index().kept(reclaim.attempt), reclaim)) continue;
    back.push_back({reclaim.attempt, reclaim.site, reclaim.option, reclaim.ranks});
  }
  for (TaskPlaced& placed : back) {
    const JobRecord& job = state().jobs.at(placed.attempt.job);
    const ResourceOption& option = index().asked_kind(job).request.options[placed.option];
    std::vector<RankPlacement> ranks = placed.ranks;
    if (powers(placed.site, job, option, ranks) && ranks == placed.ranks) {
      place(std::move(placed));
    } else {
      // Kept any longer the place would serve nobody.
      emit(ReclaimDropped{placed.attempt});
    }
  }
}

void Stepper::reclaim_guaranteed() {
  const TenantTree& tenants = index().tenants();
  if (tenants.guaranteed().empty()) return;
  // The first of each kind below everybody who has a guarantee, in order.
  struct Claim {
    schedule::Position position;
    std::uint32_t kind;
    std::uint32_t tenant;
  };
  std::vector<Claim> claims;
  for (const std::uint32_t tenant : tenants.guaranteed()) {
    for (const std::uint32_t class_index : index().waiting_classes(tenant)) {
      const RequestClass& of_job = index().classes[class_index];
      if (!of_job.open) continue;
      claims.push_back({index().queues().position(tenants, of_job.leaf, *of_job.queue.begin()),
                        *of_job.open, tenant});
    }
  }
  std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
    return std::tie(a.position, b.tenant) < std::tie(b.position, a.tenant);
  });
  std::uint32_t tried = 0;
  for (const Claim& claim : claims) {
    const JobRecord& job = state().jobs.at(claim.position.job);
    // One before it may have changed what it may have.
    if (!job.wants_place() || index().classes[job.request_class].open != claim.kind) continue;
    if (tried++ == Limits::reclaims_tried) return;
    (void)reclaim_for(claim.position.job, claim.kind, claim.tenant);
  }
}

std::vector<schedule::Victim> Stepper::victims_on(const SiteRecord& site,
                                                  std::uint32_t guaranteed) {
  std::vector<schedule::Victim> old_enough;
  for (const auto& [placed, key] : index().running_by_age) {
    if (now_ - placed < Limits::run_before_preemption) break;
    JobRecord& job = state().jobs.at(key.job);
    const RunningAttempt& run = *job.find_running(key);
    if (run.site != site.id || run.stopping != Reason::none) continue;
    const base::Duration lost = job.time_lost(run, now_);
    old_enough.push_back({key, &run.ranks, schedule::loss_of(run.ranks, lost), run.placed});
  }
  schedule::cheapest_first(old_enough);
  Borrowed borrowed(state(), index().tenants(), guaranteed);
  std::vector<schedule::Victim> victims;
  for (const schedule::Victim& victim : old_enough) {
    const JobRecord& job = state().jobs.at(victim.key.job);
    const std::uint32_t leaf = index().classes[job.request_class].leaf;
    const auto held = schedule::held_by(site.nodes, *victim.ranks);
    if (borrowed.take(leaf, held)) victims.push_back(victim);
  }
  return victims;
}

bool Stepper::reclaim_for(JobId id, std::uint32_t kind, std::uint32_t guaranteed) {
  const RequestKind& asked = index().kinds[kind];
  const TenantTree& tenants = index().tenants();
  schedule::Request covered{asked.request.nodes, {}, asked.request.ordered};
  std::vector<std::uint32_t> option_of;
  for (std::uint32_t i = 0; i < asked.request.options.size(); ++i) {
    const ResourceOption& option = asked.request.options[i];
    const auto more = schedule::held_by(asked.request.nodes, option);
    if (!tenants.covers(state(), guaranteed, more)) continue;
    covered.options.push_back(option);
    option_of.push_back(asked.asked_option(i));
  }
  if (covered.options.empty()) return false;
  for (const auto& [site_id, site] : state().sites) {
    if (!site.in_touch) continue;
    const auto victims = victims_on(site, guaranteed);
    auto found =
        schedule::reclaim(index().sites.at(site_id).capacity, site.nodes, covered, victims);
    if (!found || found->from.empty()) continue;
    emit(PlaceReclaimed{state().jobs.at(id).next_attempt(), site_id, option_of[found->option],
                        std::move(found->ranks), found->from});
    for (const AttemptKey key : found->from) {
      emit(AttemptStopping{key, Reason::preempted});
      RunningAttempt* run = state().jobs.at(key.job).find_running(key);
      wish(run->site, stop_wish(state(), *run));
    }
    return true;
  }
  return false;
}

}  // namespace weir::engine
