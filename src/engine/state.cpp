#include "engine/state.h"

#include "engine/engine.h"

#include <algorithm>

#include "base/check.h"
#include "schedule/preempt.h"

namespace weir::engine {

std::optional<base::Duration> JobRecord::limit_from(base::Time now) const {
  if (!deadline) return time_limit;
  const base::Duration left = std::max(*deadline - now, base::Duration(1));
  return time_limit ? std::min(*time_limit, left) : left;
}

std::uint32_t JobRecord::waiting() const {
  if (cancelled) return 0;
  const std::uint32_t fresh = array.size() - next_ordinal;
  std::uint32_t skipped = 0;
  if (fresh > 0 && !cancelled_tasks.empty()) {
    // Indices rise with their ordinals: those from the next one on have never been placed.
    const auto first = std::lower_bound(cancelled_tasks.begin(), cancelled_tasks.end(),
                                        array.index_at(next_ordinal));
    skipped = static_cast<std::uint32_t>(cancelled_tasks.end() - first);
  }
  return fresh - skipped + static_cast<std::uint32_t>(again.size());
}

model::AttemptKey JobRecord::next_attempt() const {
  if (!again.empty()) return {id, again.front().task, again.front().attempt};
  for (std::uint32_t ordinal = next_ordinal; ordinal < array.size(); ++ordinal) {
    const std::uint32_t task = array.index_at(ordinal);
    if (!std::binary_search(cancelled_tasks.begin(), cancelled_tasks.end(), task)) {
      return {id, task, 1};
    }
  }
  WEIR_CHECK(false, "a job with waiting tasks has a next one");
  return {};
}

RunningAttempt* JobRecord::find_running(model::AttemptKey key) {
  const auto at = std::find_if(running.begin(), running.end(),
                               [&](const RunningAttempt& run) { return run.key == key; });
  return at == running.end() ? nullptr : &*at;
}

base::Duration JobRecord::time_lost(const RunningAttempt& run, base::Time now) const {
  return schedule::time_lost(now - run.started.value_or(run.placed), checkpoint_every);
}

model::JobState JobRecord::live_state() const {
  using model::JobState;
  bool any_running = false;
  bool any_starting = false;
  for (const RunningAttempt& run : running) {
    if (run.stopping != model::Reason::none) continue;
    (run.phase == model::AttemptPhase::running ? any_running : any_starting) = true;
  }
  if (any_running) return JobState::running;
  if (any_starting) return JobState::starting;
  if (!running.empty()) return JobState::completing;
  if (held) return JobState::held;
  return staging ? JobState::staging : JobState::queued;
}

base::Duration lease_of(const State& state, const SiteRecord& site) {
  const auto access = state.site_access.find(site.name);
  return access == state.site_access.end() ? Limits::site_lease : access->second.lease;
}

}  // namespace weir::engine
