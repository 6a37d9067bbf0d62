#include "gateway/workers.h"

#include <utility>

namespace weir::gateway {

Workers::Workers(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

void Workers::run(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    ready_.push_back(std::move(work));
  }
  changed_.notify_one();
}

void Workers::run_after(std::chrono::milliseconds delay, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    later_.emplace(Clock::now() + delay, std::move(work));
  }
  changed_.notify_one();
}

void Workers::stop() {
  std::deque<std::function<void()>> ready;
  std::multimap<Clock::time_point, std::function<void()>> later;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
    // What is dropped may call back into us as it goes: it goes after the lock.
    ready.swap(ready_);
    later.swap(later_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::serve() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    while (!later_.empty() && later_.begin()->first <= Clock::now()) {
      ready_.push_back(std::move(later_.begin()->second));
      later_.erase(later_.begin());
    }
    if (ready_.empty()) {
      if (later_.empty()) {
        changed_.wait(lock);
      } else {
        const Clock::time_point next = later_.begin()->first;  // a copy: it may go meanwhile
        changed_.wait_until(lock, next);
      }
      continue;
    }
    std::function<void()> work = std::move(ready_.front());
    ready_.pop_front();
    if (!ready_.empty()) changed_.notify_one();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

}  // namespace weir::gateway
