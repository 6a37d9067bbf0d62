// What the runner waits for: signals, a moment in time, and a few descriptors.
#pragma once

#include <cstdint>
#include <optional>

#include <poll.h>

namespace weir::backend::local {

struct Signals {
  bool child_ended = false;
  bool told_to_stop = false;
};

// The signals SIGTERM, SIGINT, SIGHUP (stop) and SIGCHLD as a descriptor, and one alarm.
class Events {
 public:
  // Blocks those signals for this process; a server starts its runners with them blocked already,
  // so that one that comes early waits here.
  Events();

  // Waits until a signal, the alarm or one of `others` is there; negative descriptors are skipped.
  void wait(pollfd* others, std::size_t count);
  // The signals since the last call; does not wait.
  [[nodiscard]] Signals take_signals();
  // Rings at `at_us` of steady_us(), sleep of the machine included. None: never.
  void set_alarm(std::optional<std::int64_t> at_us);

 private:
  int signals_ = -1;
  int alarm_ = -1;
  std::optional<std::int64_t> alarm_at_us_;
};

}  // namespace weir::backend::local
