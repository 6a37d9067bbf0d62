// When work that may wait is run at least cost: of carbon, of money, or of anything else that
// changes in steps.
//
// All searches are exact over every moment, not only over whole steps: what a run costs is linear
// between the moments at which its beginning or its end meets a change, so that one of those is
// best.
// Source: shifting in time with and without interruption: Sukprasert et al., EuroSys 2024, "On the
//         Limitations of Carbon-Aware Temporal and Spatial Workload Shifting in the Cloud";
//         Wiesner et al., Middleware 2021, "Let's Wait Awhile". Weighing carbon against waiting:
//         Hanafy et al., ASPLOS 2024, "Going Green for Less Green" (GAIA).
#pragma once

#include <vector>

#include "flow/outlook.h"

namespace weir::flow {

struct Span {
  base::Time from;
  base::Time until;

  friend bool operator==(const Span&, const Span&) = default;
};

// What it costs that work ends later, for each moment, in the unit of the value: at 50 an hour of
// waiting weighs as much as an hour of running while the value is 50. 0: nothing, and of equals the
// earliest is taken.
struct Patience {
  std::int64_t waiting = 0;
};

// Adds the starts within the span at which the beginning or the end of a run of this length meets a
// change: what a run costs is linear between them.
void add_turning_points(const Outlook& outlook, Span starts, base::Duration length,
                        std::vector<base::Time>& to);

// The start in [earliest, latest] at which a run of this length costs least, waiting counted.
// Requires: earliest <= latest, length > 0.
// Cost:     the changes between earliest and latest + length.
[[nodiscard]] base::Time cheapest_start(const Outlook& outlook, base::Time earliest,
                                        base::Time latest, base::Duration length,
                                        const Patience& patience = {});

// The spans in the window, in order, that last so long together and cost least, the wait for the
// end of the last counted. What can be paused never costs more than what cannot.
// Requires: the window lasts at least so long, length > 0.
// Cost:     changes × log changes; with a cost of waiting, changes² × log changes.
[[nodiscard]] std::vector<Span> cheapest_spans(const Outlook& outlook, Span window,
                                               base::Duration length,
                                               const Patience& patience = {});

// What spans cost by what comes true.
[[nodiscard]] Sum cost_of(const Outlook& outlook, const std::vector<Span>& spans);

}  // namespace weir::flow
