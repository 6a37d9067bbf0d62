// How promises end. Private to this room.
#pragma once

#include <vector>

#include "engine/index.h"
#include "engine/state.h"

namespace weir::engine {

// What was kept for the job is free; it may hold none.
void withdraw_promise(Index& index, JobRecord& job);
void withdraw_promises_on(State& state, Index& index, model::SiteId site);
// Whose guarantee is due goes before what others were promised there.
void withdraw_promises_on_nodes(State& state, Index& index, model::SiteId site,
                                const std::vector<model::RankPlacement>& ranks);
// A site that is closed to a job, or to its data, ends what it was promised there.
void withdraw_where_closed(State& state, Index& index);
// So does a quota that is full, of what it keeps out.
void withdraw_what_is_kept_out(State& state, Index& index);

}  // namespace weir::engine
