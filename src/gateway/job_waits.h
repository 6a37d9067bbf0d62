// Requests that wait for a job to end: GET /v1/jobs/{id}?wait=60.
//
// Thread-safe. A wait is begun before the job is looked at, so that no end falls between.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "gateway/core.h"
#include "model/ids.h"

namespace weir::gateway {

class JobWaits {
 public:
  using Ticket = std::uint64_t;

  // `wake` is called when the job has ended, on the thread that hears of facts: it must be quick.
  Ticket begin(model::JobId job, std::function<void()> wake);
  // True if the wait was still on: it is over now, and `wake` will not be called.
  bool end(model::JobId job, Ticket ticket);

  void take(DurableRows rows);
  // Drops all waits.
  void clear();

 private:
  std::atomic<std::size_t> waiting_ = 0;
  std::mutex mutex_;
  Ticket last_ = 0;
  std::map<std::pair<model::JobId, Ticket>, std::function<void()>> waits_;
};

}  // namespace weir::gateway
