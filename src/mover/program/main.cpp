// weir-mover: carries out one order and ends.
//
// Reads an Order as JSON from standard input ({"type": "move_order", …}), and writes a Message as
// JSON on each line of standard output: Progress four times a second, and the Outcome last. Ends
// with 0 if it is done, 1 if there was trouble, 2 if the order could not be read. SIGTERM, and the
// end of whoever reads, stop it; the same order goes on where it was.
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <stop_token>
#include <thread>

#include "base/json.h"
#include "mover/mover.h"

namespace weir::mover {
namespace {

constexpr base::DocumentLimits order_text{
    .bytes = std::size_t{1} << 30, .nodes = 40'000'000, .depth = 16};

// False: nobody listens any more.
bool say(const Message& message) {
  const std::string line = base::to_json(message) + "\n";
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

int run() {
  ::signal(SIGPIPE, SIG_IGN);
  // Secrets of the order are in our memory.
  ::prctl(PR_SET_DUMPABLE, 0);
  sigset_t ends;
  ::sigemptyset(&ends);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&ends, signal);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::stop_source stop;
  std::thread([stop, ends]() mutable {
    int signal = 0;
    ::sigwait(&ends, &signal);
    stop.request_stop();
  }).detach();

  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const base::Result<Order> order = base::from_json<Order>(text, order_text);
  if (!order) {
    Outcome outcome;
    outcome.trouble =
        Trouble{"invalid", order.error().text(), order.error().field, order.error().hint};
    say(outcome);
    return 2;
  }
  const Outcome outcome = carry_out(
      *order,
      [&](const Progress& progress) {
        if (!say(progress)) stop.request_stop();
      },
      stop.get_token());
  say(outcome);
  return outcome.done ? 0 : 1;
}

}  // namespace
}  // namespace weir::mover

int main() {
  const int code = weir::mover::run();
  std::fflush(nullptr);
  ::_exit(code);
}
