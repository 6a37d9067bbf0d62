// What facts about datasets do to the state. Private to this room.
#pragma once

#include "engine/index.h"
#include "engine/state.h"

namespace weir::engine {

void put_dataset(State& state, Index& index, const model::Dataset& dataset, base::Time now);
void remove_dataset(State& state, Index& index, model::DatasetId id);
// A transfer has brought it.
void add_replica(State& state, Index& index, const model::Transfer& transfer, base::Time now);
// One that failed is not tried again from there for a minute, then two, four, … an hour.
void note_transfer(State& state, const model::Transfer& transfer, bool failed, base::Time now);
void drop_replica(State& state, Index& index, model::DatasetId id, const std::string& site);
// A job reads its data at the site from now on.
void note_use(State& state, const JobRecord& job, model::SiteId site, base::Time now);

}  // namespace weir::engine
