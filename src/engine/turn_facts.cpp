#include "engine/turn_facts.h"

#include <algorithm>

#include "base/check.h"
#include "engine/engine.h"

namespace weir::engine {

using namespace model;

void rest(State& state, const WorkRested& fact) {
  for (const Rest& rest : fact.rests) {
    JobRecord& job = state.jobs.at(rest.attempt.job);
    RunningAttempt* const run = job.find_running(rest.attempt);
    WEIR_CHECK(run != nullptr, "what rests runs");
    if (run->rests) continue;  // told twice in one report
    job.done_micro = rest.done_micro;
    run->rests = rest.since;
    add_run(state.rounds, job.id, Index::device_model(state, *run), rest.since);
    --state.rounds.at_work;
  }
}

void await_shares(State& state, base::Time now) {
  state.rounds.phase = RoundPhase::shares_asked;
  state.rounds.until = now + Limits::shares_at_most;
}

void plan(State& state, const RoundPlanned& fact, base::Time now) {
  state.rounds.phase = RoundPhase::planned;
  ++state.rounds.number;
  state.rounds.over = now;
  state.rounds.plan = fact.turns;
  state.rounds.pairs = fact.pairs;
}

void count_what_was_done(State& state, const Index& index, JobRecord& job,
                         const RunningAttempt& run, base::Time now) {
  __extension__ using Wide = __int128;
  constexpr std::int64_t micro = 1'000'000;
  if (run.rests || !run.started) return;
  const std::vector<std::string>& models = index.device_models();
  const std::string name = Index::device_model(state, run);
  const auto at = std::lower_bound(models.begin(), models.end(), name);
  const bool known = at != models.end() && *at == name;
  const TurnWork& work = index.turn_work(job);
  const std::int64_t rate =
      known ? work.on[static_cast<std::size_t>(at - models.begin())].rate_micro : micro;
  const base::Duration time = now - std::max(state.rounds.over, *run.started);
  const Wide done = static_cast<Wide>(std::max<std::int64_t>(base::to_us(time), 0)) * rate / micro;
  job.done_micro += static_cast<std::int64_t>(done);
}

void end_amid_turn(State& state, const Index& index, JobRecord& job, const RunningAttempt& run,
                   Reason reason, base::Time now) {
  if (reason == Reason::paused_for_power) count_what_was_done(state, index, job, run, now);
  add_run(state.rounds, job.id, Index::device_model(state, run), now);
  --state.rounds.at_work;
}

void count_what_did_not_rest(State& state, const Index& index, base::Time now) {
  if (state.rounds.at_work == 0) return;
  for (const JobId id : index.running_jobs) {
    JobRecord& job = state.jobs.at(id);
    if (!job.takes_turns) continue;
    const RunningAttempt& run = job.running.front();
    if (run.rests || !run.started) continue;
    count_what_was_done(state, index, job, run, now);
    add_run(state.rounds, id, Index::device_model(state, run), now);
  }
}

void all_go_on(State& state, const Index& index) {
  state.rounds.at_work = 0;
  for (const JobId id : index.running_jobs) {
    JobRecord& job = state.jobs.at(id);
    if (!job.takes_turns) continue;
    for (RunningAttempt& run : job.running) run.rests.reset();
    state.rounds.at_work += static_cast<std::uint32_t>(job.running.size());
  }
}

}  // namespace weir::engine
