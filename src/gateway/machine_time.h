// The time by the clock of the wall. For the shells: the engine is told what time it is.
#pragma once

#include <chrono>

#include "base/time.h"

namespace weir::gateway {

[[nodiscard]] inline base::Time machine_time() {
  return base::Time(std::chrono::duration_cast<base::Duration>(
      std::chrono::system_clock::now().time_since_epoch()));
}

}  // namespace weir::gateway
