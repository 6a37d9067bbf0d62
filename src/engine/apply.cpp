#include "engine/apply.h"

#include <algorithm>

#include "base/check.h"
#include "base/hash.h"
#include "engine/accounts.h"
#include "engine/data_facts.h"
#include "engine/engine.h"
#include "engine/power.h"
#include "engine/power_facts.h"
#include "engine/promise_facts.h"
#include "engine/site_facts.h"
#include "engine/turn_facts.h"
#include "engine/usual.h"
#include "model/pack.h"

namespace weir::engine {
namespace {

using namespace model;

class Applier {
 public:
  Applier(State& state, Index& index, base::Time now) : state_(state), index_(index), now_(now) {}

  void operator()(const ControlPlaneStarted&) {
    state_.control_plane_started = now_;
    for (auto& [id, site] : state_.sites) {
      if (site.in_touch) site.heard = now_;  // its lease starts anew
    }
    forget_old_repeats();
  }

  void operator()(const JobSubmitted& fact) {
    JobRecord job;
    job.id = fact.job;
    job.tenant = fact.by.tenant;
    job.submitted_by = fact.by.name;
    job.packed_spec = pack_spec(fact.spec);
    job.priority = fact.spec.priority;
    job.time_limit = fact.spec.time_limit;
    job.array = fact.spec.array;
    job.nodes = fact.spec.nodes;
    job.deadline = fact.spec.deadline;
    job.nodes_most = fact.spec.nodes_most;
    job.checkpoint_every = fact.spec.checkpoint_every;
    job.pausable = fact.spec.pausable;
    if (fact.spec.retry.notice_signal > 0) job.notice = fact.spec.retry.notice_before;
    job.takes_turns = engine::takes_turns(fact.spec);
    job.steps_micro = fact.spec.steps_micro;
    job.inputs = index_.inputs_of(job.tenant, fact.spec);
    job.submitted = now_;
    job.first_sequence = job.last_sequence = state_.sequence;
    job.request_class = index_.class_of(state_, job.tenant, fact.spec);
    state_.last_job = std::max(state_.last_job, fact.job.value);
    const auto at = state_.jobs.emplace_hint(state_.jobs.end(), fact.job, std::move(job));
    index_.add(state_, at->second);
    state_.rounds.stale = true;
    note_submission(state_, index_);
  }

  void operator()(const SubmissionKept& fact) {
    forget_old_repeats();
    RepeatRecord repeat{fact.key, fact.first_job, fact.jobs, fact.content, now_};
    state_.repeats.insert_or_assign(fact.key, std::move(repeat));
    index_.repeats_by_age.insert({now_, fact.key});
  }

  void operator()(const JobHeld& fact) {
    JobRecord& job = job_of(fact.job);
    job.held = true;
    settle(job);
  }

  void operator()(const JobReleased& fact) {
    JobRecord& job = job_of(fact.job);
    job.held = false;
    settle(job);
  }

  void operator()(const JobUpdated& fact) {
    JobRecord& job = job_of(fact.job);
    withdraw_promise(index_, job);
    index_.take_out(job);
    index_.forget_turn_work(job.id);
    JobSpec spec = unpack_spec(job.packed_spec);
    if (fact.name) spec.name = *fact.name;
    if (fact.priority) spec.priority = *fact.priority;
    if (fact.time_limit) spec.time_limit = *fact.time_limit;
    if (fact.array_at_once) spec.array.at_once = *fact.array_at_once;
    job.priority = spec.priority;
    job.time_limit = spec.time_limit;
    job.array = spec.array;
    job.packed_spec = pack_spec(spec);
    job.request_class = index_.class_of(state_, job.tenant, spec);
    settle(job);
  }

  void operator()(const JobCancelled& fact) {
    JobRecord& job = job_of(fact.job);
    job.cancelled_by = fact.by;
    if (!fact.one_task) {
      job.stopped += job.waiting();
      job.cancelled = true;
      job.again.clear();
    } else {
      std::erase_if(job.again, [&](const TaskAgain& again) { return again.task == fact.task; });
      const auto at =
          std::lower_bound(job.cancelled_tasks.begin(), job.cancelled_tasks.end(), fact.task);
      if (at == job.cancelled_tasks.end() || *at != fact.task) {
        job.cancelled_tasks.insert(at, fact.task);
      }
      const bool runs = std::any_of(job.running.begin(), job.running.end(),
                                    [&](const auto& run) { return run.key.task == fact.task; });
      if (!runs) ++job.stopped;
    }
    settle(job);
  }

  void operator()(const TaskPlaced& fact) {
    JobRecord& job = job_of(fact.attempt.job);
    if (fact.attempt.attempt > 1) {
      const auto before = job.again.size();
      std::erase_if(job.again, [&](const TaskAgain& again) {
        return again.task == fact.attempt.task && again.attempt == fact.attempt.attempt;
      });
      WEIR_CHECK(job.again.size() + 1 == before, "a further attempt was waiting");
    } else {
      while (job.array.index_at(job.next_ordinal) != fact.attempt.task) ++job.next_ordinal;
      ++job.next_ordinal;
    }
    RunningAttempt run{fact.attempt,
                       AttemptPhase::starting,
                       Reason::none,
                       fact.site,
                       fact.option,
                       fact.ranks,
                       now_,
                       std::nullopt,
                       job.limit_from(now_),
                       0};
    const auto at = std::lower_bound(job.running.begin(), job.running.end(), run,
                                     [](const auto& a, const auto& b) { return a.key < b.key; });
    withdraw_promise(index_, job);
    account_power(state_, index_.power(), fact.site, now_);
    take_place(job, *job.running.insert(at, std::move(run)));
    if (takes_turns(job)) ++state_.rounds.at_work;
    changed_wanted(fact.site);
    if (!job.inputs.empty()) note_use(state_, job, fact.site, now_);
    settle(job);
    note_placement(state_, index_, static_cast<std::uint32_t>(fact.ranks.size()));
  }

  void operator()(const AttemptStarted& fact) {
    JobRecord& job = job_of(fact.attempt.job);
    RunningAttempt& run = run_of(job, fact.attempt);
    run.phase = AttemptPhase::running;
    index_.start_hold(run, fact.started);
    if (!job.first_start) job.first_start = fact.started;
    settle(job);
  }

  void operator()(const AttemptStopping& fact) {
    JobRecord& job = job_of(fact.attempt.job);
    RunningAttempt& run = run_of(job, fact.attempt);
    if (fact.reason == Reason::paused_for_power) note_power_touched(state_, index_, run, now_);
    index_.stop_hold(run, fact.reason);
    if (!run.told) run.told = now_;
    changed_wanted(run.site);
    settle(job);
  }

  void operator()(const AttemptEnded& fact) {
    JobRecord& job = job_of(fact.attempt.job);
    RunningAttempt& run = run_of(job, fact.attempt);
    give_back_unused(state_, index_, job, run);
    if (!index_.energy().empty()) {
      const Footprint used = footprint_of(index_.energy(), state_, run, now_);
      job.footprint = job.footprint ? flow::sum_of(*job.footprint, used) : used;
    }
    account_power(state_, index_.power(), run.site, now_);
    if (fact.outcome.reason == Reason::paused_for_power) keep_what_was_done(job, run, now_);
    index_.release(state_, job, run);
    changed_wanted(run.site);
    run.phase = AttemptPhase::ended;
    if (takes_turns(job) && !run.rests) {
      end_amid_turn(state_, index_, job, run, fact.outcome.reason, now_);
    }
    if (fact.again) {
      const TaskAgain next{fact.attempt.task, fact.attempt.attempt + 1};
      const auto at =
          std::lower_bound(job.again.begin(), job.again.end(), next,
                           [](const TaskAgain& a, const TaskAgain& b) { return a.task < b.task; });
      job.again.insert(at, next);
    } else if (fact.outcome.ending == Ending::succeeded) {
      ++job.succeeded;
    } else if (was_stopped(run, fact.outcome)) {
      ++job.stopped;
    } else {
      ++job.failed;
    }
    const auto at = job.running.begin() + (&run - job.running.data());
    // Of those that ended with their turns the last is kept.
    const auto ended_with_its_turn = [](const EndedAttempt& ended) {
      return ended.outcome.reason == Reason::turn_over;
    };
    if (fact.outcome.reason == Reason::turn_over) {
      ++job.turns;
      std::erase_if(job.ended, ended_with_its_turn);
    }
    const SiteId site = run.site;
    job.ended.push_back({std::move(run), now_, fact.outcome, fact.again});
    job.running.erase(at);
    if (fact.outcome.reason == Reason::refused_by_site) keep_away(state_, index_, job, site);
    settle(job);
  }

  void operator()(const DeadlineMissed& fact) {
    JobRecord& job = job_of(fact.job);
    job.stopped += job.waiting();
    job.cancelled = true;
    job.deadline_missed = true;
    job.again.clear();
    settle(job);
  }

  void operator()(const JobEnded& fact) {
    JobRecord& job = job_of(fact.job);
    if (job.deferred_until) index_.deferred.erase({*job.deferred_until, job.id});
    job.deferred_until.reset();
    job.staging = false;
    job.state = fact.state;
    job.reason = fact.reason;
    job.exit_code = fact.exit_code;
    job.signal = fact.signal;
    job.message = fact.message;
    job.end = now_;
    withdraw_promise(index_, job);
    if (state_.policy.rounds) forget_job(state_.rounds, job.id);
    job.last_sequence = state_.sequence;
    index_.refresh(state_, job);
    index_.finished(job);
  }

  void operator()(const JobArchived& fact) {
    const auto at = state_.jobs.find(fact.job);
    WEIR_CHECK(at != state_.jobs.end(), "an archived job was there");
    index_.remove(at->second);
    state_.jobs.erase(at);
  }

  void operator()(const SiteJoined& fact) {
    note_site_joined(state_, index_, fact, now_);
    changed_wanted(fact.site);
  }
  void operator()(const SiteHeard& fact) { state_.sites.at(fact.site).heard = now_; }
  void operator()(const SiteLost& fact) { note_site_lost(state_, index_, fact.site); }
  void operator()(const SiteAccessSet& fact) { state_.site_access[fact.access.site] = fact.access; }
  void operator()(const SiteStandingSet& fact) { note_site_standing(state_, index_, fact); }
  void operator()(const OthersSeen& fact) { note_others(state_, index_, fact); }
  void operator()(const LateEndTold& fact) { note_late_end(state_, fact); }

  void operator()(const TokenCreated& fact) {
    state_.last_token = std::max(state_.last_token, fact.token.id.value);
    state_.tokens[fact.token.id] = fact.token;
  }

  void operator()(const TokenRevoked& fact) { state_.tokens.at(fact.token).revoked = true; }

  void operator()(const PolicySet& fact) {
    if (state_.policy.rounds != fact.policy.rounds) state_.rounds = {};
    const bool other_flows = state_.policy.flows != fact.policy.flows;
    state_.policy = fact.policy;
    if (other_flows) index_.set_network(state_);
    withdraw_where_closed(state_, index_);
    if (state_.policy.rounds) all_go_on(state_, index_);
    index_.set_policy(state_);
    count_usual_work(state_, index_);
    for (const auto& [site, places] : index_.sites) index_.site_changed(site);
  }

  void operator()(const ThroughputsSet& fact) {
    state_.throughputs = fact.table;
    index_.set_throughputs(state_);
    for (const auto& [site, places] : index_.sites) index_.site_changed(site);
  }

  void operator()(const PricesSet& fact) {
    state_.prices = fact.table;
    index_.set_prices(state_);
  }

  void operator()(const PowerSet& fact) { set_power(state_, index_, fact.table, now_); }

  void operator()(const NetworkSet& fact) {
    state_.network = fact.table;
    index_.set_network(state_);
    withdraw_where_closed(state_, index_);
  }
  void operator()(const DatasetPut& fact) { put_dataset(state_, index_, fact.dataset, now_); }
  void operator()(const DatasetRemoved& fact) { remove_dataset(state_, index_, fact.dataset); }
  void operator()(const TransferPlanned& fact) {
    state_.last_transfer = std::max(state_.last_transfer, fact.transfer.id.value);
    state_.transfers.emplace_hint(state_.transfers.end(), fact.transfer.id, fact.transfer);
    index_.network().take(fact.transfer);
    changed_wanted(fact.transfer.to);
  }
  void operator()(const TransferEnded& fact) {
    const Transfer transfer = state_.transfers.at(fact.transfer);
    index_.network().give_back(transfer, now_);
    state_.transfers.erase(fact.transfer);
    changed_wanted(transfer.to);
    note_transfer(state_, transfer, fact.failed, now_);
    if (fact.done) add_replica(state_, index_, transfer, now_);
  }
  void operator()(const ReplicaDropped& fact) {
    drop_replica(state_, index_, fact.dataset, fact.site);
    const auto site = index_.site_by_name.find(fact.site);
    if (site != index_.site_by_name.end()) changed_wanted(site->second);
  }
  void operator()(const JobDirected& fact) {
    JobRecord& job = job_of(fact.job);
    index_.stop_counting(job);
    job.directed_to = fact.site;
    job.staging = fact.staging;
    job.look_again = fact.look_again;
    settle(job);
  }
  void operator()(const DirectionKept& fact) {
    JobRecord& job = job_of(fact.job);
    job.look_again = fact.look_again;
    settle(job);
  }

  void operator()(const PowerRequested& fact) {
    note_power_request(state_, index_, fact.request, now_);
  }
  void operator()(const PowerWithdrawn& fact) {
    note_power_withdrawal(state_, index_, fact.request, now_);
  }

  void operator()(const JobDeferred& fact) {
    JobRecord& job = job_of(fact.job);
    if (job.deferred_until) index_.deferred.erase({*job.deferred_until, job.id});
    job.deferred_until = fact.until;
    if (job.deferred_until) index_.deferred.insert({*job.deferred_until, job.id});
    settle(job);
  }

  void operator()(const JobPromised& fact) {
    JobRecord& job = job_of(fact.job);
    withdraw_promise(index_, job);
    job.promise = PromiseRecord{fact.site, fact.option, fact.nodes, fact.start, now_};
    job.last_sequence = state_.sequence;
    index_.reserve(job);
  }

  void operator()(const TenantSet& fact) { set_tenant(state_, index_, fact.tenant); }
  void operator()(const TenantRemoved& fact) { remove_tenant(state_, index_, fact.path); }
  void operator()(const BudgetRenewed& fact) {
    renew_budget(state_, index_, fact.path, fact.period);
  }

  void operator()(const PlaceReclaimed& fact) {
    JobRecord& job = job_of(fact.attempt.job);
    withdraw_promises_on_nodes(state_, index_, fact.site, fact.ranks);
    job.reclaims = true;
    const schedule::Cost cost = engine::cost_of(state_, fact.site, fact.ranks);
    const schedule::Charge charge = engine::charge_of(job, cost);
    state_.reclaims.push_back({fact.attempt, fact.site, fact.option, fact.ranks, fact.from,
                               charge.device_ms, state_.time, charge.micro_cny,
                               cost.hour_micro_cny});
    index_.charge(state_, job, charge);
    index_.reclaim(state_, state_.reclaims.back());
    settle(job);
  }

  void operator()(const ReclaimDropped& fact) {
    JobRecord& job = job_of(fact.attempt.job);
    job.reclaims = false;
    const ReclaimRecord reclaim = take_reclaim(fact.attempt);
    index_.drop_reclaim(state_, reclaim);
    settle(job);
  }

  void operator()(const SecretPut& fact) {
    auto& of_tenant = state_.secrets[fact.tenant];
    if (fact.sealed.empty()) {
      of_tenant.erase(fact.name);
    } else {
      of_tenant[fact.name] = fact.sealed;
    }
  }

  void operator()(const WorkRested& fact) { rest(state_, fact); }
  void operator()(const SharesAsked&) { await_shares(state_, now_); }
  void operator()(const SharesSet& fact) {
    set_shares(state_.rounds, fact.shares, index_.device_models(), state_.policy.rounds->length,
               now_);
    state_.rounds.phase = RoundPhase::none;
  }
  void operator()(const RoundPlanned& fact) {
    count_what_did_not_rest(state_, index_, now_);
    plan(state_, fact, now_);
  }
  void operator()(const RoundBegan& fact) {
    state_.rounds.phase = RoundPhase::running;
    state_.rounds.until = fact.until;
    state_.rounds.plan.clear();
    for (const auto& [id, site] : state_.sites) {
      if (site.in_touch) changed_wanted(id);
    }
    all_go_on(state_, index_);
  }

 private:
  [[nodiscard]] bool takes_turns(const JobRecord& job) const {
    return state_.policy.rounds && job.takes_turns;
  }

  JobRecord& job_of(JobId id) {
    const auto at = state_.jobs.find(id);
    WEIR_CHECK(at != state_.jobs.end(), "a fact speaks of a job that is there");
    return at->second;
  }

  static RunningAttempt& run_of(JobRecord& job, AttemptKey key) {
    RunningAttempt* run = job.find_running(key);
    WEIR_CHECK(run != nullptr, "a fact speaks of an attempt that runs");
    return *run;
  }

  void take_place(JobRecord& job, RunningAttempt& run) {
    if (job.reclaims && is_reclaimed(run.key)) {
      job.reclaims = false;
      const ReclaimRecord reclaim = take_reclaim(run.key);
      take_charge(reclaim, run);
      index_.end_reclaim(state_, reclaim);
    } else {
      charge_placed(state_, index_, job, run);
    }
    index_.take(state_, job, run);
  }

  [[nodiscard]] bool is_reclaimed(AttemptKey key) const {
    return std::any_of(state_.reclaims.begin(), state_.reclaims.end(),
                       [&](const ReclaimRecord& reclaim) { return reclaim.attempt == key; });
  }

  ReclaimRecord take_reclaim(AttemptKey key) {
    const auto at =
        std::find_if(state_.reclaims.begin(), state_.reclaims.end(),
                     [&](const ReclaimRecord& reclaim) { return reclaim.attempt == key; });
    WEIR_CHECK(at != state_.reclaims.end(), "what comes back is known");
    ReclaimRecord reclaim = std::move(*at);
    state_.reclaims.erase(at);
    return reclaim;
  }

  void settle(JobRecord& job) {
    job.last_sequence = state_.sequence;
    if (!job.wants_place()) withdraw_promise(index_, job);
    job.state = job.live_state();
    index_.refresh(state_, job);
  }

  void changed_wanted(SiteId site) {
    std::uint64_t& version = state_.sites.at(site).wanted_version;
    index_.wanted_before.try_emplace(site, version++);
  }

  void forget_old_repeats() {
    auto& by_age = index_.repeats_by_age;
    while (!by_age.empty() && now_ - by_age.begin()->first > Limits::repeats_kept) {
      state_.repeats.erase(by_age.begin()->second);
      by_age.erase(by_age.begin());
    }
  }

  State& state_;
  Index& index_;
  base::Time now_;
};

}  // namespace

void apply(State& state, Index& index, const Fact& fact, base::Time now) {
  const std::uint64_t openings = index.openings();
  Applier applier(state, index, now);
  std::visit(applier, fact);
  if (index.openings() != openings) withdraw_what_is_kept_out(state, index);
}

}  // namespace weir::engine
