// One thread that feeds every open stream: followed logs and the stream of events.
//
// A session makes a stream's next bytes when it is asked to; it is asked when something may have
// come, when its client has taken what was queued, and every so often where its source cannot ring
// (files grow without a word). A slow client slows its own session only.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/core.h"
#include "http/stream.h"
#include "model/ids.h"

namespace weir::gateway {

// Wakes the thread. Shared, so that it may be rung by whoever outlives the thread.
class Bell {
 public:
  void ring();
  // Returns at once if it was rung since the last wait.
  void wait_until(std::chrono::steady_clock::time_point time);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

class Session {
 public:
  explicit Session(http::StreamWriter writer) : writer_(std::move(writer)) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  enum class Pumped : std::uint8_t {
    more,  // there is more to send at once
    idle,  // nothing until something comes
    over,  // the stream is done
  };
  // Writes what there is, some 256 KiB at most. Follower's thread only; may read the disk.
  virtual Pumped pump() = 0;
  // A fact of its job (see follow_job) or any row came. Any thread; must be quick.
  virtual void hear() {}
  // Its source has to be looked at every 100 ms.
  [[nodiscard]] virtual bool looks() const { return false; }

  [[nodiscard]] const http::StreamWriter& writer() const { return writer_; }

 protected:
  http::StreamWriter writer_;
};

class Follower {
 public:
  static constexpr std::size_t queued_bytes_max = 256U << 10U;
  static constexpr auto look_every = std::chrono::milliseconds(100);
  static constexpr auto comment_every = std::chrono::seconds(15);

  Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  ~Follower() { stop(); }

  // A session that hears of facts of one job, or of every row. After stop() its stream is closed.
  void follow_job(model::JobId job, std::shared_ptr<Session> session);
  void follow_all(std::shared_ptr<Session> session);

  void take(DurableRows rows);
  [[nodiscard]] const std::shared_ptr<Bell>& bell() const { return bell_; }
  [[nodiscard]] std::size_t sessions() const { return count_; }
  // Closes all streams and ends the thread.
  void stop();

 private:
  struct Open {
    std::shared_ptr<Session> session;
    std::chrono::steady_clock::time_point spoke;  // when it last had something to send
    model::JobId job;                             // 0: hears of every row
  };
  void add(Open open);
  void serve();
  void take_in_new();
  // When to come back at the latest.
  std::chrono::steady_clock::time_point pump_all();
  void close(const Open& open);

  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::atomic<std::size_t> count_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::vector<Open> new_;
  std::multimap<model::JobId, std::shared_ptr<Session>> hearers_;
  std::vector<Open> open_;  // the thread's own
  std::thread thread_;
};

}  // namespace weir::gateway
