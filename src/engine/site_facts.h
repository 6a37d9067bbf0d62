// What facts about sites do to the state. Private to this room.
#pragma once

#include "engine/index.h"
#include "engine/state.h"

namespace weir::engine {

void note_site_joined(State& state, Index& index, const model::SiteJoined& fact, base::Time now);
void note_site_lost(State& state, Index& index, model::SiteId id);
void note_site_standing(State& state, Index& index, const model::SiteStandingSet& fact);
void note_others(State& state, Index& index, const model::OthersSeen& fact);
void note_late_end(State& state, const model::LateEndTold& fact);
// An attempt ended as somebody asked; also where its site was lost before it could say so.
[[nodiscard]] bool was_stopped(const RunningAttempt& run, const model::Outcome& outcome);
// The site's owner refused it: none of it is placed there any more. It is to be settled afterwards.
void keep_away(State& state, Index& index, JobRecord& job, model::SiteId site);

}  // namespace weir::engine
