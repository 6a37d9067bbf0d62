#include "gateway/forecasts.h"

#include <chrono>

namespace weir::gateway {

const engine::QueueForecast* Forecasts::of(const engine::Engine& engine, base::Time now) {
  constexpr int share_of_time = 20;
  constexpr base::Duration fresh_for = std::chrono::seconds(1);  // limits of running work go on
  const bool same_state = kept_ && sequence_ == engine.state().sequence;
  const base::Duration age = now - made_;
  if (same_state && age < fresh_for) return &*kept_;
  if (kept_ && age < cost_ * share_of_time) return &*kept_;
  const auto begun = std::chrono::steady_clock::now();
  kept_.emplace(engine, now);
  cost_ = std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - begun);
  sequence_ = engine.state().sequence;
  made_ = now;
  return &*kept_;
}

}  // namespace weir::gateway
