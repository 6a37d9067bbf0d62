#include "tests/twin/support/reference_batch.h"

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

namespace weir::twin::test {

namespace {

class Machine {
 public:
  Machine(const Workload& workload, std::int64_t processors, Rule rule)
      : jobs_(workload.jobs), rule_(rule), free_(processors) {}

  base::Duration run() {
    std::size_t next = 0;
    while (next < jobs_.size() || !ends_.empty()) {
      now_ = next < jobs_.size() ? jobs_[next].submit : ends_.begin()->first;
      if (!ends_.empty()) now_ = std::min(now_, ends_.begin()->first);
      while (!ends_.empty() && ends_.begin()->first == now_) {
        const std::size_t ended = ends_.begin()->second;
        ends_.erase(ends_.begin());
        free_ += size_of(ended);
        running_.erase(std::find(running_.begin(), running_.end(), ended));
      }
      while (next < jobs_.size() && jobs_[next].submit == now_) queue_.push_back(next++);
      pass();
    }
    return wait_ / static_cast<std::int64_t>(jobs_.size());
  }

 private:
  std::int64_t size_of(std::size_t job) const {
    return std::int64_t{jobs_[job].nodes} * (jobs_[job].cpus_milli / 1000);
  }
  void start(std::size_t job) {
    free_ -= size_of(job);
    running_.push_back(job);
    starts_[job] = now_;
    ends_.emplace(now_ + jobs_[job].run_time, job);
    wait_ += now_ - jobs_[job].submit;
  }
  base::Duration expected_end(std::size_t job) const {
    return std::max(starts_.at(job) + *jobs_[job].time_limit, now_);
  }

  void pass() {
    while (!queue_.empty() && size_of(queue_.front()) <= free_) {
      start(queue_.front());
      queue_.pop_front();
    }
    if (rule_ == Rule::in_turn || queue_.empty()) return;
    std::vector<std::pair<base::Duration, std::int64_t>> ends;
    for (const std::size_t job : running_) ends.emplace_back(expected_end(job), size_of(job));
    std::sort(ends.begin(), ends.end());
    base::Duration first_starts{};
    std::int64_t left = free_ - size_of(queue_.front());
    for (const auto& [end, size] : ends) {
      if (left >= 0 && end > first_starts) break;
      left += size;
      first_starts = end;
    }
    for (std::size_t at = 1; at < queue_.size();) {
      const std::size_t job = queue_[at];
      const bool before = now_ + *jobs_[job].time_limit <= first_starts;
      const bool beside = size_of(job) <= left;
      if (size_of(job) > free_ || !(before || beside)) {
        ++at;
        continue;
      }
      if (!before) left -= size_of(job);
      start(job);
      queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }

  const std::vector<TraceJob>& jobs_;
  Rule rule_;
  std::int64_t free_;
  base::Duration now_{};
  base::Duration wait_{};
  std::deque<std::size_t> queue_;
  std::vector<std::size_t> running_;
  std::map<std::size_t, base::Duration> starts_;
  std::multimap<base::Duration, std::size_t> ends_;
};

}  // namespace

base::Duration mean_wait(const Workload& workload, std::uint32_t processors, Rule rule) {
  return Machine(workload, processors, rule).run();
}

}  // namespace weir::twin::test
