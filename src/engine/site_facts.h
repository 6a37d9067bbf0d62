// What facts about sites do to the state. Private to this room.
#pragma once

#include "engine/index.h"
#include "engine/state.h"

namespace weir::engine {

void note_site_joined(State& state, Index& index, const model::SiteJoined& fact, base::Time now);
void note_site_lost(State& state, Index& index, model::SiteId id);
void note_site_standing(State& state, Index& index, const model::SiteStandingSet& fact);
void note_others(State& state, Index& index, const model::OthersSeen& fact);

}  // namespace weir::engine
