#include "engine/apply.h"

#include <algorithm>

#include "base/check.h"
#include "base/hash.h"
#include "engine/engine.h"
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
    job.submitted = now_;
    job.first_sequence = job.last_sequence = state_.sequence;
    job.request_class = index_.class_of(fact.spec);
    state_.last_job = std::max(state_.last_job, fact.job.value);
    const auto at = state_.jobs.emplace_hint(state_.jobs.end(), fact.job, std::move(job));
    index_.add(at->second);
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
    withdraw_promise(job);
    index_.change_turn(job, job.priority);
    JobSpec spec = unpack_spec(job.packed_spec);
    if (fact.name) spec.name = *fact.name;
    if (fact.priority) spec.priority = *fact.priority;
    if (fact.time_limit) spec.time_limit = *fact.time_limit;
    if (fact.array_at_once) spec.array.at_once = *fact.array_at_once;
    job.priority = spec.priority;
    job.time_limit = spec.time_limit;
    job.array = spec.array;
    job.packed_spec = pack_spec(spec);
    job.request_class = index_.class_of(spec);
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
    RunningAttempt run{
        fact.attempt, AttemptPhase::starting, Reason::none,  fact.site, fact.option, fact.ranks,
        now_,         std::nullopt,           job.time_limit};
    const auto at = std::lower_bound(job.running.begin(), job.running.end(), run,
                                     [](const auto& a, const auto& b) { return a.key < b.key; });
    withdraw_promise(job);
    index_.hold(*job.running.insert(at, std::move(run)));
    changed_wanted(fact.site);
    settle(job);
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
    run.stopping = fact.reason;
    changed_wanted(run.site);
    settle(job);
  }

  void operator()(const AttemptEnded& fact) {
    JobRecord& job = job_of(fact.attempt.job);
    RunningAttempt& run = run_of(job, fact.attempt);
    index_.release(run);
    changed_wanted(run.site);
    run.phase = AttemptPhase::ended;
    if (fact.again) {
      const TaskAgain next{fact.attempt.task, fact.attempt.attempt + 1};
      const auto at =
          std::lower_bound(job.again.begin(), job.again.end(), next,
                           [](const TaskAgain& a, const TaskAgain& b) { return a.task < b.task; });
      job.again.insert(at, next);
    } else if (fact.outcome.ending == Ending::succeeded) {
      ++job.succeeded;
    } else if (fact.outcome.ending == Ending::stopped) {
      ++job.stopped;
    } else {
      ++job.failed;
    }
    job.ended.push_back({run, now_, fact.outcome, fact.again});
    std::erase_if(job.running, [&](const auto& other) { return other.key == fact.attempt; });
    settle(job);
  }

  void operator()(const JobEnded& fact) {
    JobRecord& job = job_of(fact.job);
    job.state = fact.state;
    job.reason = fact.reason;
    job.exit_code = fact.exit_code;
    job.signal = fact.signal;
    job.message = fact.message;
    job.end = now_;
    withdraw_promise(job);
    job.last_sequence = state_.sequence;
    index_.refresh(job);
    index_.finished(job);
  }

  void operator()(const JobArchived& fact) {
    const auto at = state_.jobs.find(fact.job);
    WEIR_CHECK(at != state_.jobs.end(), "an archived job was there");
    index_.remove(at->second);
    state_.jobs.erase(at);
  }

  void operator()(const SiteJoined& fact) {
    SiteRecord& site = state_.sites[fact.site];
    const bool same_nodes = site.nodes == fact.nodes;
    site.id = fact.site;
    site.name = fact.name;
    site.epoch = fact.epoch;
    site.in_touch = true;
    site.heard = now_;
    ++site.wanted_version;
    state_.last_site = std::max(state_.last_site, fact.site.value);
    if (same_nodes && index_.sites.contains(fact.site)) {
      return index_.set_in_touch(fact.site, true);
    }
    if (index_.sites.contains(fact.site)) withdraw_promises_on(fact.site);
    site.nodes = fact.nodes;
    index_.set_site(site);
  }

  void operator()(const SiteHeard& fact) { state_.sites.at(fact.site).heard = now_; }

  void operator()(const SiteLost& fact) {
    SiteRecord& site = state_.sites.at(fact.site);
    site.in_touch = false;
    ++site.epoch;  // what the agent still says is of the past: it has to join again
    withdraw_promises_on(fact.site);
    index_.set_in_touch(fact.site, false);
  }

  void operator()(const TokenCreated& fact) {
    state_.last_token = std::max(state_.last_token, fact.token.id.value);
    state_.tokens[fact.token.id] = fact.token;
  }

  void operator()(const TokenRevoked& fact) { state_.tokens.at(fact.token).revoked = true; }

  void operator()(const PolicySet& fact) {
    state_.policy = fact.policy;
    for (const auto& [site, places] : index_.sites) index_.site_changed(site);
  }

  void operator()(const JobPromised& fact) {
    JobRecord& job = job_of(fact.job);
    withdraw_promise(job);
    job.promise = PromiseRecord{fact.site, fact.option, fact.nodes, fact.start, now_};
    job.last_sequence = state_.sequence;
    index_.reserve(job);
  }

  void operator()(const SecretPut& fact) {
    auto& of_tenant = state_.secrets[fact.tenant];
    if (fact.sealed.empty()) {
      of_tenant.erase(fact.name);
    } else {
      of_tenant[fact.name] = fact.sealed;
    }
  }

 private:
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

  void withdraw_promise(JobRecord& job) {
    if (!job.promise) return;
    index_.unreserve(job);
    job.promise.reset();
  }

  void withdraw_promises_on(SiteId site) {
    const auto promises = index_.promises;
    for (const auto& [start, id] : promises) {
      JobRecord& job = job_of(id);
      if (job.promise->site == site) withdraw_promise(job);
    }
  }

  void settle(JobRecord& job) {
    job.last_sequence = state_.sequence;
    if (!job.wants_place()) withdraw_promise(job);
    job.state = job.live_state();
    index_.refresh(job);
  }

  void changed_wanted(SiteId site) { ++state_.sites.at(site).wanted_version; }

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
  std::visit(Applier(state, index, now), fact);
}

}  // namespace weir::engine
