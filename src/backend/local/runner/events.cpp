#include "backend/local/runner/events.h"

#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <iterator>

namespace weir::backend::local {

Events::Events() {
  sigset_t mask;
  ::sigemptyset(&mask);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::sigaddset(&mask, signal);
  ::pthread_sigmask(SIG_BLOCK, &mask, nullptr);
  signals_ = ::signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
}

void Events::wait(pollfd* others, std::size_t count) {
  pollfd all[8] = {{signals_, POLLIN, 0}, {alarm_, POLLIN, 0}};
  count = std::min<std::size_t>(count, std::size(all) - 2);
  std::copy_n(others, count, all + 2);
  ::poll(all, static_cast<nfds_t>(count + 2), -1);
  std::copy_n(all + 2, count, others);
  if ((all[1].revents & POLLIN) != 0) {
    // Whoever set the alarm looks at the clock; it may ring once more, and that is all.
    std::uint64_t rings = 0;
    static_cast<void>(!::read(alarm_, &rings, sizeof rings));
    alarm_at_us_.reset();
  }
}

Signals Events::take_signals() {
  Signals taken;
  signalfd_siginfo info{};
  while (::read(signals_, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) {
      taken.child_ended = true;
    } else {
      taken.told_to_stop = true;
    }
  }
  return taken;
}

void Events::set_alarm(std::optional<std::int64_t> at_us) {
  if (at_us == alarm_at_us_) return;
  if (alarm_ < 0) alarm_ = ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  itimerspec when{};
  if (at_us) {
    const std::int64_t us = std::max<std::int64_t>(*at_us, 1);
    when.it_value.tv_sec = us / 1'000'000;
    when.it_value.tv_nsec = us % 1'000'000 * 1000;
  }
  ::timerfd_settime(alarm_, TFD_TIMER_ABSTIME, &when, nullptr);
  alarm_at_us_ = at_us;
}

}  // namespace weir::backend::local
