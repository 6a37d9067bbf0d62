// A few threads for what must not be done on a thread that serves connections: reading the disk,
// and doing something later.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace weir::gateway {

class Workers {
 public:
  explicit Workers(unsigned threads);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() { stop(); }

  // Runs `work` as soon as a thread is free. After stop() it is dropped, and so destroyed.
  void run(std::function<void()> work);
  // Runs `work` after `delay` at the earliest.
  void run_after(std::chrono::milliseconds delay, std::function<void()> work);
  // Lets running work end, drops the rest. Requires: not called by work.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  void serve();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> ready_;
  std::multimap<Clock::time_point, std::function<void()>> later_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace weir::gateway
