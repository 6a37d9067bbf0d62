// A followed log: GET /v1/jobs/{id}/logs?follow=true.
//
// Events: `status` first and whenever the state changes, `log` as bytes appear, `end` once the last
// byte of the last attempt has been told. Further attempts and tasks come into the same stream. It
// looks at the job whenever a fact speaks of it, never at the fact: what it missed shows in the
// next look.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/forecast.h"
#include "gateway/follower.h"
#include "gateway/log_reading.h"
#include "model/view.h"

namespace weir::gateway {

struct Services;

// The first event of a followed log, and every change of state.
struct LogStatus {
  model::JobId id;
  std::string name;
  model::JobState state = model::JobState::queued;
  model::Reason reason = model::Reason::none;
  std::optional<base::Time> expected_start;
  std::string text;  // the same as one sentence for people
};
WEIR_DESCRIBE(LogStatus, id, name, state, reason, expected_start, text)

// The last event: how the job ended, or the one task or attempt that was followed.
struct LogEnd {
  model::JobState state = model::JobState::succeeded;
  model::Reason reason = model::Reason::none;
  std::int32_t exit_code = 0;
  std::int32_t signal = 0;
  std::string message;
};
WEIR_DESCRIBE(LogEnd, state, reason, exit_code, signal, message)

// What one look at a job found.
struct LogNews {
  struct Attempt {
    std::uint32_t task = 0;
    std::uint32_t attempt = 0;
    std::uint32_t ranks = 0;
    std::string site;
  };
  bool found = false;
  LogStatus status;
  std::vector<Attempt> running;
  std::vector<Attempt> ended;  // since the last look
  std::size_t ended_total = 0;
  std::optional<LogEnd> end;  // set once there is nothing more to come
};
// A look at a job in the engine, of whose ended attempts `ended_before` have been seen.
[[nodiscard]] LogNews look_at(const engine::Engine& engine, const engine::JobRecord& job,
                              const engine::QueueForecast* forecast, const LogChoice& choice,
                              std::size_t ended_before);
// The same at a job that has left the engine.
[[nodiscard]] LogNews look_at(const model::JobView& job, const LogChoice& choice,
                              std::size_t ended_before);

class LogSession final : public Session, public std::enable_shared_from_this<LogSession> {
 public:
  // `first` is a look that found the job, with none of its ended attempts seen before.
  LogSession(http::StreamWriter writer, Services& services, model::JobId job, LogChoice choice,
             LogNews first);

  Pumped pump() override;
  void hear() override { job_changed_ = true; }
  [[nodiscard]] bool looks() const override { return live_logs_ > 0; }

 private:
  struct Reading {
    std::int64_t offset = 0;
    bool ended = false;
  };
  void look();
  void take(const LogNews& news);
  void take_from_archive();
  void take_attempt(const LogNews::Attempt& attempt, bool ended);
  void tell(std::string_view event, const std::string& data);
  // True if there may be more at once.
  bool read_logs();
  bool read_log(const LogKey& log, Reading& reading, std::size_t& budget);

  Services& services_;
  const model::JobId job_;
  LogChoice choice_;
  LogReader reader_;

  std::atomic<bool> job_changed_ = true;  // while the first look was made, something may have come
  std::mutex mutex_;
  std::optional<LogNews> news_;  // of a look that has come back
  bool looking_ = false;

  // The follower's thread only.
  std::size_t ended_seen_ = 0;
  std::size_t live_logs_ = 0;
  bool first_look_ = true;
  std::optional<LogStatus> told_;
  std::optional<LogEnd> end_;
  std::map<LogKey, Reading> readings_;  // logs that may have more to tell
};

}  // namespace weir::gateway
