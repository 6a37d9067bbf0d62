#include "backend/slurm/clerk.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <utility>

namespace weir::backend::slurm {

Clerk::Clerk(Controller& controller, int event, Pace pace)
    : controller_(controller),
      event_(event),
      pace_(pace),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

Clerk::~Clerk() {
  thread_.request_stop();
  thread_.join();
}

void Clerk::submit(const RankKey& key, Submission submission) {
  const std::lock_guard lock(mutex_);
  to_submit_.push_back({key, std::move(submission)});
  changed_.notify_one();
}

void Clerk::cancel(JobNumber job) { signal(job, 0); }

void Clerk::signal(JobNumber job, int signal) {
  const std::lock_guard lock(mutex_);
  to_tell_.push_back({job, signal});
  changed_.notify_one();
}

void Clerk::set_haste(Haste haste) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(haste_, haste) < haste) changed_.notify_one();
}

std::vector<Clerk::News> Clerk::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

Clerk::Cost Clerk::cost() const {
  const std::lock_guard lock(mutex_);
  return cost_;
}

Clerk::Clock::time_point Clerk::next_listing() const {
  if (listed_at_ == Clock::time_point::min()) return listed_at_;
  const Clock::duration wanted = haste_ == Haste::busy   ? pace_.busy
                                 : haste_ == Haste::calm ? pace_.calm
                                                         : pace_.idle;
  return listed_at_ + std::max<Clock::duration>(wanted, listing_took_ * pace_.rest_factor);
}

void Clerk::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!to_tell_.empty()) {
      tell(lock);
    } else if (Clock::now() >= next_listing()) {
      list(lock);
    } else if (!to_submit_.empty()) {
      submit_next(lock);
    } else {
      const auto until = next_listing();
      changed_.wait_until(lock, stop, until, [&] {
        return !to_tell_.empty() || !to_submit_.empty() || next_listing() < until;
      });
    }
  }
}

void Clerk::list(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  const auto begin = Clock::now();
  Listed listed{controller_.jobs()};
  const auto end = Clock::now();
  lock.lock();
  listed_at_ = end;
  // What a controller that does not answer takes says nothing of what a listing costs.
  listing_took_ = listed.jobs ? end - begin : Clock::duration(0);
  cost_.last_us = std::chrono::duration_cast<std::chrono::microseconds>(end - begin).count();
  cost_.total_us += cost_.last_us;
  ++cost_.listings;
  put(std::move(listed));
}

void Clerk::tell(std::unique_lock<std::mutex>& lock) {
  const Tell next = to_tell_.front();
  to_tell_.pop_front();
  lock.unlock();
  // Where it fails: a stop lies in a file too, and a job of nobody's is cancelled again.
  if (next.signal == 0) {
    static_cast<void>(controller_.cancel(next.job));
  } else {
    static_cast<void>(controller_.signal(next.job, next.signal));
  }
  lock.lock();
}

void Clerk::submit_next(std::unique_lock<std::mutex>& lock) {
  const Submit next = std::move(to_submit_.front());
  to_submit_.pop_front();
  lock.unlock();
  Submitted submitted{next.key, controller_.submit(next.submission)};
  lock.lock();
  put(std::move(submitted));
}

void Clerk::put(News news) {
  news_.push_back(std::move(news));
  ::eventfd_write(event_, 1);
}

}  // namespace weir::backend::slurm
