// The life of one rank: setup, program, the time limit, the end of all that is left, the outcome.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backend/local/runner/control_group.h"
#include "backend/local/runner/cpus.h"
#include "backend/local/runner/events.h"
#include "backend/local/runner/family.h"
#include "backend/local/runner/lease.h"
#include "backend/local/runner/logs.h"
#include "backend/local/runner/order_form.h"
#include "backend/rank.h"

namespace weir::backend::local {

// What a runner keeps from one rank to the next.
struct RunnerParts {
  Events events;
  Cpus cpus;
};

class RankRun {
 public:
  // `record` is claimed already, and its claim line says `started_us`.
  RankRun(const RunnerOrder& order, int record, std::int64_t started_us, RunnerParts& parts);
  RankRun(const RankRun&) = delete;
  RankRun& operator=(const RankRun&) = delete;
  ~RankRun();

  // Runs the rank to its end and writes the outcome to the record. Nobody of it is left then.
  void run();
  [[nodiscard]] bool was_told_to_stop() const { return was_told_to_stop_; }
  [[nodiscard]] const RankOutcome& outcome() const { return outcome_; }

 private:
  struct Pipe {
    Stream stream = Stream::program;
    int descriptor = -1;
  };

  [[nodiscard]] std::string prepare();
  [[nodiscard]] bool launch_stage(Stage stage);
  void live();
  void on_stage_end(int status);
  void on_time(std::int64_t now_us);
  void on_stop();
  void look_around(std::int64_t now_us);
  void give_notice(const std::string& before_what);
  void end_by_weir(RankOutcome::End end, std::string message, const std::string& said);
  void drain(Pipe& pipe);
  void set_alarm();
  void finish();
  void fail_start(std::string why);

  const RunnerOrder& order_;
  int record_;
  Events& events_;
  Cpus& cpus_;
  std::optional<ControlGroup> control_group_;
  Family family_;
  Logs logs_;
  Pipe pipes_[2];
  RankOutcome outcome_;
  bool was_told_to_stop_ = false;
  bool is_decided_ = false;  // how it ends is known; only the rest of the family is waited for
  std::int64_t started_steady_us_;
  std::optional<std::int64_t> notice_at_us_;
  std::optional<std::int64_t> limit_at_us_;
  // It was given notice of a stop: when it comes, and why.
  std::optional<std::int64_t> stop_at_us_;
  std::string stop_reason_;
  std::optional<Lease> lease_;
  std::optional<std::int64_t> look_at_us_;  // for a stop, and for the lease
};

}  // namespace weir::backend::local
