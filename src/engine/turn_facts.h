// What facts about rounds do to the state. Private to this room.
#pragma once

#include "engine/index.h"
#include "engine/state.h"

namespace weir::engine {

void rest(State& state, const model::WorkRested& fact);
// Until then, and no longer (Limits::shares_at_most).
void await_shares(State& state, base::Time now);
void plan(State& state, const model::RoundPlanned& fact, base::Time now);
// Agents that know no rounds let work go on. What it has done in the round that is over is counted
// by its time and rate.
void count_what_was_done(State& state, const Index& index, JobRecord& job,
                         const RunningAttempt& run, base::Time now);
// An attempt has ended that was at work in its turn.
void end_amid_turn(State& state, const Index& index, JobRecord& job, const RunningAttempt& run,
                   model::Reason reason, base::Time now);
void count_what_did_not_rest(State& state, const Index& index, base::Time now);
// Whatever rested goes on. Cost: all that runs.
void all_go_on(State& state, const Index& index);

}  // namespace weir::engine
