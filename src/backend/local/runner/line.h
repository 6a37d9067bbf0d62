// A runner's line to the server that started it: orders come down, "ended" goes up.
//
// A message downwards is one byte and the descriptors of an order: its memory, and for an exec what
// it watches and where its output goes. A message upwards is one byte: the rank's record has its
// end, and the runner is free. The line breaks when either side is gone; a runner at work goes on.
#pragma once

#include <optional>

#include "backend/local/runner/events.h"
#include "backend/local/runner/order_form.h"

namespace weir::backend::local {

// Waits for the next order, and puts what came with it where order_form.h says.
// None: there is no server any more, it has no work, or somebody told this runner to stop.
[[nodiscard]] std::optional<RunnerOrder> next_order(Events& events);

// Says that the rank is over and nothing of it is held here any more.
void tell_ended();

}  // namespace weir::backend::local
