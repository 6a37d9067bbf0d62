// The forecast of the queue, kept for as long as making it anew would cost more than it is worth.
//
// Used on the engine's thread only: forecasts take at most a twentieth of its time, however many
// ask.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/forecast.h"

namespace weir::gateway {

class Forecasts {
 public:
  // The forecast for this state; one that is a little older where making it took long. Lives until
  // the next call.
  [[nodiscard]] const engine::QueueForecast* of(const engine::Engine& engine, base::Time now);

 private:
  std::optional<engine::QueueForecast> kept_;
  std::uint64_t sequence_ = 0;
  base::Time made_;
  base::Duration cost_{};
};

}  // namespace weir::gateway
