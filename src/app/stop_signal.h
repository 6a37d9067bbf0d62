// SIGTERM and SIGINT as something to wait for.
#pragma once

#include <csignal>
#include <ctime>

namespace weir::app {

// Made before any thread, so that all inherit the mask.
class StopSignal {
 public:
  StopSignal() {
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGTERM);
    ::sigaddset(&signals_, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    ::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): it cannot fail for these arguments
  }
  // True if a signal came within a second.
  [[nodiscard]] bool came_within_a_second() const {
    const timespec second{1, 0};
    return ::sigtimedwait(&signals_, nullptr, &second) > 0;
  }

 private:
  sigset_t signals_{};
};

}  // namespace weir::app
