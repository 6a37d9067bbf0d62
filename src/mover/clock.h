// The machine's clock, which only shells read. Inside this room only.
#pragma once

#include <chrono>

#include "base/time.h"

namespace weir::mover {

[[nodiscard]] inline base::Time wall_clock() {
  return base::Time(std::chrono::duration_cast<base::Duration>(
      std::chrono::system_clock::now().time_since_epoch()));
}

}  // namespace weir::mover
