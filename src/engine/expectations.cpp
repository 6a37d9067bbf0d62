#include "engine/expectations.h"

#include <algorithm>

#include "schedule/timeline.h"

namespace weir::engine {

using namespace model;

namespace {

// A run that was ended by others says nothing of how long the work takes.
bool came_to_its_end(const EndedAttempt& attempt) {
  const Ending ending = attempt.outcome.ending;
  return attempt.run.started &&
         (ending == Ending::succeeded || ending == Ending::failed || ending == Ending::timeout);
}

}  // namespace

Expectations::Expectations(const Engine& engine, RunTimes run_times) : run_times_(run_times) {
  if (run_times == RunTimes::limits) return;
  // Classes also differ by rates, which a state that is read back knows only as they are now.
  for (const RequestClass& of_class : engine.index().classes) {
    requests_.push_back(engine.index().kinds[of_class.asked].asks);
  }
  const auto& finished = engine.index().finished_jobs;
  std::size_t read = 0;
  // Newest first, so that each history is full of the last; they are turned round in the end.
  for (auto at = finished.rbegin(); at != finished.rend() && read < jobs_read; ++at, ++read) {
    const JobRecord& job = engine.state().jobs.at(at->second);
    auto& runs = histories_[{job.tenant, job.submitted_by}].runs;
    for (auto run = job.ended.rbegin(); run != job.ended.rend(); ++run) {
      if (runs.size() == RunHistory::runs_most) break;
      if (!came_to_its_end(*run)) continue;
      const base::Duration ran = std::max(run->ended - *run->run.started, base::Duration(0));
      runs.push_back({ran, run->run.time_limit, request_of(job)});
    }
  }
  for (auto& [user, history] : histories_) std::reverse(history.runs.begin(), history.runs.end());
}

std::uint64_t Expectations::request_of(const JobRecord& job) const {
  return job.request_class < requests_.size() ? requests_[job.request_class] : UINT64_MAX;
}

std::optional<base::Duration> Expectations::of(const User& user,
                                               const schedule::RunAsk& ask) const {
  const auto history = histories_.find(user);
  if (history == histories_.end()) return ask.limit;
  const auto expected = schedule::expected_run(history->second, ask);
  if (!expected || *expected >= least) return expected;
  return ask.limit ? std::min(least, *ask.limit) : least;
}

std::optional<base::Duration> Expectations::of(const JobRecord& job) const {
  return of({job.tenant, job.submitted_by}, {job.time_limit, request_of(job)});
}

std::optional<base::Duration> Expectations::of_new(const std::string& tenant,
                                                   const std::string& user,
                                                   std::optional<base::Duration> limit) const {
  return of({tenant, user}, {limit, UINT64_MAX});
}

base::Time Expectations::end_of(const JobRecord& job, const RunningAttempt& run,
                                base::Time now) const {
  if (run_times_ == RunTimes::limits) return run.end().value_or(schedule::never);
  const auto length = of({job.tenant, job.submitted_by}, {run.time_limit, request_of(job)});
  if (!length) return schedule::never;
  const base::Time started = run.started.value_or(run.placed);
  return started + schedule::expected_after(*length, now - started, run.time_limit);
}

}  // namespace weir::engine
