// A program and everything that came of it, wherever it went.
//
// The runner is the reaper of its descendants (PR_SET_CHILD_SUBREAPER): a process whose parent
// ends, daemons with a session of their own included, becomes the runner's child. So the family is
// gone exactly when the runner has no child left, and a signal to a child can never hit a stranger,
// because only the runner's own wait() frees a child's pid.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weir::backend::local {

class ControlGroup;

// What the stage's own process is started with.
struct Launch {
  std::string text;                          // shell text, or a script that begins with "#!"
  std::span<const std::string> environment;  // "NAME=value", all of it
  int output = -1;                           // becomes stdout and stderr
  std::int64_t memory_bytes = -1;            // limit by rlimit; -1: none
  const ControlGroup* control_group = nullptr;
};

class Family {
 public:
  // `control_group` may be null; else it must live as long as the family.
  explicit Family(const ControlGroup* control_group) : control_group_(control_group) {}

  // Starts a stage's own process, in its own process group. It dies with the runner.
  // Returns: "", or why it could not be started.
  [[nodiscard]] std::string launch(const Launch& launch);

  // Takes in every end there is. To be called whenever SIGCHLD came.
  void reap();
  [[nodiscard]] bool main_runs() const { return main_ > 0 && !main_status_; }
  // As wait(2) gives it, once the stage's own process ended.
  [[nodiscard]] std::optional<int> main_status() const { return main_status_; }
  [[nodiscard]] bool is_gone() const { return is_gone_; }
  // Of all that ended so far: processor time together, memory of the largest.
  [[nodiscard]] std::int64_t cpu_us() const { return cpu_us_; }
  [[nodiscard]] std::int64_t peak_memory_bytes() const { return peak_memory_bytes_; }

  // Sends `signal` to every process, except the stage's own where that one does not catch it and
  // has children: then it is the shell around the program, and would only die of it.
  void notice(int signal);

  // TERM now, KILL `grace_us` from now; a second call can only bring KILL nearer.
  void end(std::int64_t now_us, std::int64_t grace_us);
  [[nodiscard]] bool is_ending() const { return kill_at_us_.has_value(); }
  [[nodiscard]] bool was_killed() const { return is_killing_; }
  // When on_time() wants to be called next.
  [[nodiscard]] std::optional<std::int64_t> wake_at_us() const { return kill_at_us_; }
  void on_time(std::int64_t now_us);

 private:
  void terminate_children();
  void kill_children();

  const ControlGroup* control_group_;
  pid_t main_ = -1;
  std::optional<int> main_status_;
  bool is_gone_ = true;
  bool group_was_told_ = false;
  bool is_killing_ = false;
  std::vector<pid_t> told_;  // children that got their TERM
  std::optional<std::int64_t> kill_at_us_;
  std::int64_t sweep_us_ = 0;
  std::int64_t cpu_us_ = 0;
  std::int64_t peak_memory_bytes_ = 0;
};

}  // namespace weir::backend::local
