// What facts about energy and requests for power do to the state. Private to this room.
#pragma once

#include "engine/index.h"
#include "engine/state.h"

namespace weir::engine {

void set_power(State& state, Index& index, const model::PowerTable& table, base::Time now);
void note_power_request(State& state, Index& index, const model::PowerRequest& request,
                        base::Time now);
void note_power_withdrawal(State& state, Index& index, model::PowerRequestId request,
                           base::Time now);

// An attempt is told to give way: the requests in force remember it.
void note_power_touched(State& state, const Index& index, const RunningAttempt& run,
                        base::Time now);
// What an attempt that was paused has done up to its last checkpoint stays with the job; of an
// array nothing, as each of its tasks would have its own.
void keep_what_was_done(JobRecord& job, const RunningAttempt& run, base::Time now);

}  // namespace weir::engine
