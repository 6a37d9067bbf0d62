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

}  // namespace weir::engine
