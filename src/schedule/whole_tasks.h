// Divided load as whole tasks: what can really be started.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "schedule/auction.h"

namespace weir::schedule {

// Whole tasks for each way, and what they use up taken from `tasks` and `capacities` (in units, of
// whole tasks). The divided load is cut down to whole tasks; what stays free is filled, the best
// worth for its units first; then tasks give way where one that found no room is worth more than
// what makes room for it, counted with where that can go instead.
//
// Ensures: keeps to all limits; no single task can be added.
// Order:   worth, then the order of the ways; nothing else.
// Cost:    ways × log ways; and a few times for each way the ways of its pool, unless what was cut
//          off is too little to matter (1/gap_accepted), as where tasks are many.
// Not the best there is: that is a knapsack problem. Tests hold it against trying everything.
[[nodiscard]] std::vector<std::int64_t> whole_tasks(std::span<const Way> ways,
                                                    std::span<const std::int64_t> parts,
                                                    std::span<std::int64_t> tasks,
                                                    std::span<std::int64_t> capacities);

}  // namespace weir::schedule
