#include "gateway/job_waits.h"

namespace weir::gateway {

JobWaits::Ticket JobWaits::begin(model::JobId job, std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  waits_.emplace(std::pair(job, ++last_), std::move(wake));
  waiting_ = waits_.size();
  return last_;
}

bool JobWaits::end(model::JobId job, Ticket ticket) {
  std::function<void()> dropped;  // destroyed after the lock
  const std::lock_guard lock(mutex_);
  const auto at = waits_.find({job, ticket});
  if (at == waits_.end()) return false;
  dropped = std::move(at->second);
  waits_.erase(at);
  waiting_ = waits_.size();
  return true;
}

void JobWaits::take(DurableRows rows) {
  if (waiting_ == 0) return;
  std::vector<std::function<void()>> woken;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& row : rows) {
      for (const model::Fact& fact : row->facts) {
        const auto* ended = std::get_if<model::JobEnded>(&fact);
        if (ended == nullptr) continue;
        auto at = waits_.lower_bound({ended->job, 0});
        while (at != waits_.end() && at->first.first == ended->job) {
          woken.push_back(std::move(at->second));
          at = waits_.erase(at);
        }
      }
    }
    waiting_ = waits_.size();
  }
  for (const auto& wake : woken) wake();
}

void JobWaits::clear() {
  std::map<std::pair<model::JobId, Ticket>, std::function<void()>> dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(waits_);
  waiting_ = 0;
}

}  // namespace weir::gateway
