#include "gateway/follower.h"

#include <algorithm>

#include "gateway/fact_text.h"
#include "http/event_stream.h"

namespace weir::gateway {
namespace {
using Clock = std::chrono::steady_clock;
// How often a client that is behind is asked whether it has caught up.
constexpr auto behind_look = std::chrono::milliseconds(5);
}  // namespace

void Bell::ring() {
  {
    const std::lock_guard lock(mutex_);
    if (rung_) return;
    rung_ = true;
  }
  changed_.notify_one();
}

void Bell::wait_until(std::chrono::steady_clock::time_point time) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, time, [this] { return rung_; });
  rung_ = false;
}

Follower::Follower() : thread_([this] { serve(); }) {}

void Follower::follow_job(model::JobId job, std::shared_ptr<Session> session) {
  add({std::move(session), Clock::now(), job});
}

void Follower::follow_all(std::shared_ptr<Session> session) {
  add({std::move(session), Clock::now(), {}});
}

void Follower::add(Open open) {
  // The client's leaving rings, so that its session does not stay until the next comment.
  open.session->writer().on_close([bell = bell_](http::StreamEnd) { bell->ring(); });
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return open.session->writer().close();
    hearers_.emplace(open.job, open.session);
    new_.push_back(std::move(open));
    ++count_;
  }
  bell_->ring();
}

void Follower::take(DurableRows rows) {
  if (count_ == 0) return;
  bool heard = false;
  {
    const std::lock_guard lock(mutex_);
    const auto tell = [&](model::JobId job) {
      const auto [first, last] = hearers_.equal_range(job);
      heard = heard || first != last;
      for (auto at = first; at != last; ++at) at->second->hear();
    };
    tell({});
    if (hearers_.count({}) == hearers_.size()) rows = {};
    for (const auto& row : rows) {
      for (const model::Fact& fact : row->facts) {
        if (const auto job = job_of(fact)) tell(*job);
      }
    }
  }
  if (heard) bell_->ring();
}

void Follower::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_.exchange(true)) return;
  }
  bell_->ring();
  thread_.join();
}

void Follower::serve() {
  while (!stopping_) {
    take_in_new();
    bell_->wait_until(pump_all());
  }
  take_in_new();
  for (const Open& open : open_) close(open);
  open_.clear();
}

void Follower::take_in_new() {
  const std::lock_guard lock(mutex_);
  open_.insert(open_.end(), std::make_move_iterator(new_.begin()),
               std::make_move_iterator(new_.end()));
  new_.clear();
}

std::chrono::steady_clock::time_point Follower::pump_all() {
  const auto now = Clock::now();
  auto back = now + comment_every;
  const auto come_back = [&](Clock::time_point time) { back = std::min(back, time); };
  std::erase_if(open_, [&](Open& open) {
    const http::StreamWriter& writer = open.session->writer();
    bool over = !writer.is_open();
    if (!over && writer.queued_bytes() > queued_bytes_max) {
      open.spoke = now;
      come_back(now + behind_look);
      return false;
    }
    if (!over) {
      const Session::Pumped pumped = open.session->pump();
      over = pumped == Session::Pumped::over;
      if (pumped == Session::Pumped::more) come_back(now);
      if (writer.queued_bytes() > 0) open.spoke = now;
    }
    if (over) {
      close(open);
      return true;
    }
    if (now - open.spoke >= comment_every) {
      writer.write(http::format_event_comment("still here"));
      open.spoke = now;
    }
    come_back(open.spoke + comment_every);
    if (open.session->looks()) come_back(now + look_every);
    return false;
  });
  return back;
}

void Follower::close(const Open& open) {
  open.session->writer().close();
  const std::lock_guard lock(mutex_);
  const auto [first, last] = hearers_.equal_range(open.job);
  for (auto at = first; at != last; ++at) {
    if (at->second != open.session) continue;
    hearers_.erase(at);
    break;
  }
  --count_;
}

}  // namespace weir::gateway
