#include "cli/session.h"

#include <csignal>

namespace weir::cli {

namespace {

volatile std::sig_atomic_t interrupt_came = 0;

extern "C" void note_interrupt(int) { interrupt_came = 1; }

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = &note_interrupt;
  // Without SA_RESTART: what waits is woken.
  ::sigaction(SIGINT, &action, nullptr);
}

bool interrupted() { return interrupt_came != 0; }

int with_client(const Common& common, const std::function<base::Result<int>(Client&)>& work) {
  auto client = Client::connect(common.connection, &interrupted);
  if (!client) return complain(client.error());
  const auto result = work(*client);
  if (result) return *result;
  if (interrupted()) return exit_interrupted;
  return complain(result.error());
}

}  // namespace weir::cli
