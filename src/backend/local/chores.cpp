#include "backend/local/chores.h"

#include <sys/eventfd.h>

#include <utility>

namespace weir::backend::local {

Chores::~Chores() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Chores::post(Work work, Then then) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back({std::move(work), std::move(then)});
  if (!thread_.joinable()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { work_on(stop); });
  }
  changed_.notify_one();
}

void Chores::finish_done() {
  std::vector<Then> done;
  {
    const std::lock_guard lock(mutex_);
    done.swap(done_);
  }
  for (const Then& then : done) then();
}

void Chores::work_on(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); }) &&
         !stop.stop_requested()) {
    Chore chore = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    chore.work(stop);
    chore.work = nullptr;  // what it holds goes here, not on the backend's thread
    lock.lock();
    done_.push_back(std::move(chore.then));
    ::eventfd_write(done_event_, 1);
  }
}

}  // namespace weir::backend::local
