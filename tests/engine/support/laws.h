// What must hold of every engine after every step, found by walking everything: the order, what
// quotas allow, and that the index is the one a restored snapshot has.
#pragma once

#include <set>
#include <string>

#include "engine/engine.h"

namespace weir::engine::test {

// Each gives what is wrong, or "".

// The head of each kind is the least position of all jobs that wait with it, the kinds stand by
// their heads, and a job is left out of the order exactly where its quotas forbid all its options.
[[nodiscard]] std::string wrong_order(const Engine& engine);
// What is counted for each tenant is what it holds, and no placement of this step brought one above
// a limit or a budget that holds, nor is less spent than what runs was charged. `came_back`: the
// attempts that had a place on its way back before the step, which counts from then on.
[[nodiscard]] std::string over_committed(const Engine& engine,
                                         const std::set<model::AttemptKey>& came_back,
                                         const Step& step);
// Held amounts, shares and heads are those of an engine restored from this one's snapshot.
[[nodiscard]] std::string other_index(const Engine& engine);
// What comes back belongs to a task that waits for it, and the task runs as soon as all of it has.
[[nodiscard]] std::string stopped_in_vain(const Engine& engine);

}  // namespace weir::engine::test
