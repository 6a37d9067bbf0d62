// What a site is to do about each attempt, from the state.
#pragma once

#include <string>

#include "engine/state.h"

namespace weir::engine {

// That its bytes be brought, with all that the site's mover needs for it.
[[nodiscard]] model::TransferWish transfer_wish(const State& state,
                                                const model::Transfer& transfer);
// That it be run, with all that a site needs for it.
[[nodiscard]] model::AttemptWish run_wish(const State& state, const JobRecord& job,
                                          const RunningAttempt& run);
// That it be ended. Its ranks are named: an agent that has only just come up must not take those it
// finds for all there are.
[[nodiscard]] model::AttemptWish stop_wish(const State& state, const RunningAttempt& run);

// Everything the site should be doing now. Requires: the site is there.
[[nodiscard]] model::WantedState wanted_state(const State& state, model::SiteId site);

}  // namespace weir::engine
