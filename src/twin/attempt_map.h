// Values by attempt, in the order of their keys: mostly a job has one, which is found by the job's
// id in two steps.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/id_map.h"
#include "model/ids.h"

namespace weir::twin {

template <typename T>
class AttemptMap {
 public:
  struct Entry {
    model::AttemptKey key;
    T value;
  };

  [[nodiscard]] std::size_t size() const { return size_; }

  // None: it is not there. It stands until another attempt of its job is added or erased.
  [[nodiscard]] T* find(const model::AttemptKey& key) {
    const auto of_job = by_job_.find(key.job);
    if (of_job == by_job_.end()) return nullptr;
    const auto at = place_of(of_job->second, key);
    return at != of_job->second.end() && at->key == key ? &at->value : nullptr;
  }
  // Requires: it is not there yet. Stands likewise.
  Entry& add(const model::AttemptKey& key, T value) {
    std::vector<Entry>& entries = by_job_[key.job];
    ++size_;
    return *entries.insert(place_of(entries, key), {key, std::move(value)});
  }
  // Does nothing where it is not there.
  void erase(const model::AttemptKey& key) {
    erase_of(key.job, [&](const Entry& entry) { return entry.key == key; });
  }
  // Those of which which(key) is true.
  template <typename Which>
  void erase_if(const Which& which) {
    std::vector<model::JobId> jobs;
    for (const auto& [job, entries] : by_job_) jobs.push_back(job);
    for (const model::JobId job : jobs) {
      erase_of(job, [&](const Entry& entry) { return which(entry.key); });
    }
  }
  // Calls visit(key, value) for each, in order. Requires: it adds and erases nothing.
  template <typename Visit>
  void for_each(const Visit& visit) {
    for (auto& [job, entries] : by_job_) {
      for (Entry& entry : entries) visit(std::as_const(entry.key), entry.value);
    }
  }

 private:
  static auto place_of(std::vector<Entry>& entries, const model::AttemptKey& key) {
    return std::lower_bound(
        entries.begin(), entries.end(), key,
        [](const Entry& entry, const model::AttemptKey& other) { return entry.key < other; });
  }
  template <typename Which>
  void erase_of(model::JobId job, const Which& which) {
    const auto of_job = by_job_.find(job);
    if (of_job == by_job_.end()) return;
    size_ -= std::erase_if(of_job->second, which);
    if (of_job->second.empty()) by_job_.erase(of_job);
  }

  base::IdMap<model::JobId, std::vector<Entry>> by_job_;  // none is empty
  std::size_t size_ = 0;
};

}  // namespace weir::twin
