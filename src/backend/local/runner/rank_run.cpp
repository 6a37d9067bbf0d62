#include "backend/local/runner/rank_run.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "backend/local/runner/record_form.h"
#include "backend/local/runner/stop_form.h"
#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

// How long processes that a program left behind have between TERM and KILL, at most.
constexpr std::int64_t leftover_grace_us_max = 2'000'000;
constexpr std::int64_t stop_notice_us_max = base::to_us(stop_notice_most);

}  // namespace

RankRun::RankRun(const RunnerOrder& order, int record, std::int64_t started_us, RunnerParts& parts)
    : order_(order),
      record_(record),
      events_(parts.events),
      cpus_(parts.cpus),
      control_group_(order.cgroup.empty() ? std::nullopt
                                          : std::optional<ControlGroup>(order.cgroup)),
      family_(control_group_ ? &*control_group_ : nullptr),
      logs_(order.log_prefix, order.log_bytes_max),
      started_steady_us_(steady_us()) {
  outcome_.started_us = started_us;
  outcome_.stage = order.setup.empty() ? Stage::program : Stage::setup;
  if (order.look_every_us >= 0) look_at_us_ = started_steady_us_;
  if (order.fence_after_us >= 0 && !order.lease_path.empty()) {
    lease_.emplace(order.lease_path, order.fence_after_us, started_steady_us_, record_);
  }
  if (order.time_limit_us < 0) return;
  limit_at_us_ = started_steady_us_ + order.time_limit_us;
  if (order.notice_signal > 0) {
    notice_at_us_ = std::max(started_steady_us_, *limit_at_us_ - order.notice_before_us);
  }
}

RankRun::~RankRun() {
  // Open still only where a stranger was handed the program's end of it.
  for (const Pipe& pipe : pipes_) {
    if (pipe.descriptor >= 0) ::close(pipe.descriptor);
  }
}

void RankRun::run() {
  if (events_.take_signals().told_to_stop) {
    on_stop();
  } else if (const std::string trouble = prepare(); !trouble.empty()) {
    fail_start(trouble);
  } else if (launch_stage(outcome_.stage)) {
    live();
  }
  finish();
}

// Limits that the runner keeps for the whole rank. Returns why one could not be set, or "".
std::string RankRun::prepare() {
  if (std::string why = cpus_.keep_to(order_.cpus); !why.empty()) return why;
  if (control_group_) {
    if (std::string why = control_group_->create(order_.memory_bytes, order_.cpu_count);
        !why.empty()) {
      return why;
    }
  }
  std::string limits;
  if (order_.memory_bytes >= 0) {
    limits += " memory " + bytes_in_words(order_.memory_bytes) +
              (control_group_ ? " (cgroup)" : " (rlimit, each process)");
  }
  if (order_.time_limit_us >= 0) limits += " time " + seconds_in_words(order_.time_limit_us);
  if (!limits.empty()) logs_.say_with_first("limits:" + limits);
  return {};
}

// False where the stage could not be started; the outcome then says so.
bool RankRun::launch_stage(Stage stage) {
  Pipe& pipe = pipes_[static_cast<std::size_t>(stage)];
  pipe.stream = stage == Stage::setup ? Stream::setup : Stream::program;
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    fail_start(std::string("cannot make a pipe: ") + error_text(errno));
    return false;
  }
  // Only our end: the program must find an ordinary, blocking stdout.
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  pipe.descriptor = ends[0];
  Launch launch;
  launch.text = stage == Stage::setup ? order_.setup : order_.run;
  launch.environment = order_.environment;
  launch.output = ends[1];
  launch.memory_bytes = control_group_ ? -1 : order_.memory_bytes;
  launch.control_group = control_group_ ? &*control_group_ : nullptr;
  const std::string trouble = family_.launch(launch);
  ::close(ends[1]);
  if (trouble.empty()) return true;
  fail_start(trouble);
  return false;
}

// Until nobody of the family is left.
void RankRun::live() {
  while (!family_.is_gone()) {
    set_alarm();
    std::array<pollfd, 2> watched = {pollfd{pipes_[0].descriptor, POLLIN, 0},
                                     pollfd{pipes_[1].descriptor, POLLIN, 0}};
    events_.wait(watched.data(), watched.size());
    for (std::size_t i = 0; i < watched.size(); ++i) {
      if (watched[i].revents != 0) drain(pipes_[i]);
    }
    const Signals signals = events_.take_signals();
    const bool ran = family_.main_runs();
    if (signals.child_ended) family_.reap();
    if (const auto status = family_.main_status(); ran && status) on_stage_end(*status);
    const std::int64_t now_us = steady_us();
    if (signals.told_to_stop) on_stop();
    on_time(now_us);
  }
  for (Pipe& pipe : pipes_) drain(pipe);
}

void RankRun::on_stage_end(int status) {
  outcome_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  outcome_.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (!is_decided_ && outcome_.stage == Stage::setup && status == 0) {
    // What setup left running (a database, say) serves the program, and ends with it.
    outcome_.stage = Stage::program;
    static_cast<void>(write_all(record_, "stage program\n"));
    if (launch_stage(Stage::program)) return;
  }
  if (!is_decided_) {
    is_decided_ = true;
    const std::string what = outcome_.stage == Stage::setup ? "setup " : "";
    if (WIFSIGNALED(status)) {
      outcome_.end = RankOutcome::End::signalled;
      outcome_.message = what + "ended by " + signal_in_words(outcome_.signal);
    } else if (outcome_.exit_code != 0) {
      outcome_.message = what + "exited with code " + std::to_string(outcome_.exit_code);
    }
    // Given notice, it ended before it was stopped; only with code 0 it says that it is done.
    if (stop_at_us_ && (WIFSIGNALED(status) || outcome_.exit_code != 0)) {
      outcome_.end = RankOutcome::End::stopped;
      outcome_.message = stop_reason_;
    }
  }
  if (family_.is_gone() || family_.is_ending()) return;
  logs_.say("the program ended and left processes behind: SIGTERM sent to them");
  family_.end(steady_us(), std::min(order_.kill_grace_us, leftover_grace_us_max));
}

void RankRun::on_time(std::int64_t now_us) {
  if (!is_decided_ && look_at_us_ && now_us >= *look_at_us_) look_around(now_us);
  if (!is_decided_ && notice_at_us_ && now_us >= *notice_at_us_) {
    const std::int64_t left_us = std::max<std::int64_t>(limit_at_us_.value_or(now_us) - now_us, 0);
    give_notice(seconds_in_words(left_us) + " before the time limit");
  }
  if (!is_decided_ && stop_at_us_ && now_us >= *stop_at_us_) {
    end_by_weir(RankOutcome::End::stopped, stop_reason_, "stopped: " + stop_reason_);
  }
  if (!is_decided_ && limit_at_us_ && now_us >= *limit_at_us_) {
    const std::string reached =
        "time limit of " + seconds_in_words(order_.time_limit_us) + " reached";
    end_by_weir(RankOutcome::End::timed_out, reached, reached);
  }
  const bool was_killed = family_.was_killed();
  family_.on_time(now_us);
  if (!was_killed && family_.was_killed()) logs_.say("SIGKILL sent to what was left");
}

// What nobody may be there to tell: a stop that was left in a file, a lease that is over.
void RankRun::look_around(std::int64_t now_us) {
  look_at_us_ = now_us + order_.look_every_us;
  if (!stop_at_us_ && ::access(order_.stop_path.c_str(), F_OK) == 0) on_stop();
  if (is_decided_ || !lease_ || !lease_->is_over(now_us)) return;
  const std::string why =
      "its site's agent was not heard of for " + seconds_in_words(order_.fence_after_us);
  end_by_weir(RankOutcome::End::stopped, why, why);
}

void RankRun::on_stop() {
  was_told_to_stop_ = true;
  if (is_decided_ || stop_at_us_) return;
  StopOrder stop = stop_order_of(read_small_file(order_.stop_path));
  if (stop.reason.empty()) stop.reason = "the runner was told to stop, not by Weir";
  const std::int64_t notice_us = std::min(order_.notice_before_us, stop_notice_us_max);
  const bool runs = family_.main_runs();
  if (stop.after == StopAfter::notice && order_.notice_signal > 0 && notice_us > 0 && runs) {
    stop_at_us_ = steady_us() + notice_us;
    stop_reason_ = std::move(stop.reason);
    return give_notice(seconds_in_words(notice_us) + " before it is stopped: " + stop_reason_);
  }
  end_by_weir(RankOutcome::End::stopped, stop.reason, "stopped: " + stop.reason);
}

void RankRun::give_notice(const std::string& before_what) {
  notice_at_us_.reset();
  logs_.say("notice: " + signal_in_words(order_.notice_signal) + " sent, " + before_what);
  family_.notice(order_.notice_signal);
}

void RankRun::end_by_weir(RankOutcome::End end, std::string message, const std::string& said) {
  is_decided_ = true;
  outcome_.end = end;
  outcome_.message = std::move(message);
  if (family_.is_gone()) return;
  logs_.say(said + ": SIGTERM sent, SIGKILL in " + seconds_in_words(order_.kill_grace_us));
  family_.end(steady_us(), order_.kill_grace_us);
}

void RankRun::drain(Pipe& pipe) {
  if (pipe.descriptor < 0) return;
  static char buffer[64 * 1024];
  for (;;) {
    const ssize_t count = ::read(pipe.descriptor, buffer, sizeof buffer);
    if (count > 0) {
      logs_.write(pipe.stream, std::string_view(buffer, static_cast<std::size_t>(count)));
      // A stream that never ends must not keep the clock and the signals waiting.
      if (!family_.is_gone()) return;
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    ::close(pipe.descriptor);
    pipe.descriptor = -1;
    return;
  }
}

void RankRun::set_alarm() {
  std::optional<std::int64_t> next = family_.wake_at_us();
  if (!is_decided_) {
    for (const auto& at_us : {notice_at_us_, limit_at_us_, stop_at_us_, look_at_us_}) {
      if (at_us && (!next || *at_us < *next)) next = at_us;
    }
  }
  events_.set_alarm(next);
}

void RankRun::fail_start(std::string why) {
  is_decided_ = true;
  outcome_.end = RankOutcome::End::start_failed;
  outcome_.message = std::move(why);
}

void RankRun::finish() {
  outcome_.usage.cpu_us = family_.cpu_us();
  if (family_.peak_memory_bytes() > 0) {
    outcome_.usage.peak_memory_bytes = family_.peak_memory_bytes();
  }
  if (control_group_) {
    if (const auto cpu_us = control_group_->cpu_us()) outcome_.usage.cpu_us = *cpu_us;
    if (const auto peak = control_group_->peak_memory_bytes()) {
      outcome_.usage.peak_memory_bytes = peak;
    }
    if (control_group_->ran_out_of_memory()) {
      outcome_.out_of_memory = true;
      outcome_.message += (outcome_.message.empty() ? "" : ": ") +
                          std::string("over its memory limit of ") +
                          bytes_in_words(order_.memory_bytes);
    }
    control_group_->remove();
  }
  const bool ended_well = outcome_.end == RankOutcome::End::exited && outcome_.exit_code == 0;
  if (!ended_well) logs_.say_what_waits();
  outcome_.usage.wall_us = steady_us() - started_steady_us_;
  outcome_.ended_us = outcome_.started_us + outcome_.usage.wall_us;
  if (outcome_.message.empty()) outcome_.message = logs_.trouble();
  static_cast<void>(write_all(record_, ended_line(outcome_)));
}

}  // namespace weir::backend::local
