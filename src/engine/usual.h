// What is usually asked for, and what is left for it, as rules of placing go by it: part of the
// state, counted now and then (UsualRecord says when).
#pragma once

#include <cstdint>

#include "engine/index.h"
#include "engine/state.h"

namespace weir::engine {

// Anew: as the policy tells it, or of the jobs that wait and run; nothing where no rule of placing
// asks for it. Scores that were made by it are forgotten.
// Cost: the jobs that have not ended; kinds of free shapes × usual demands.
void count_usual_work(State& state, Index& index);
// Of these what is due after a job came, after ranks were placed, and after a site came or changed.
void note_submission(State& state, Index& index);
void note_placement(State& state, Index& index, std::uint32_t ranks);
void note_site(State& state, Index& index);

}  // namespace weir::engine
