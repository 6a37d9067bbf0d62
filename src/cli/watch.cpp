#include "cli/watch.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "cli/output.h"
#include "cli/session.h"

namespace weir::cli {

int watch(const std::function<int()>& draw) {
  if (!is_terminal(STDOUT_FILENO)) return draw();
  catch_interrupts();
  int code = 0;
  while (!interrupted()) {
    std::fputs("\033[H\033[2J", stdout);
    code = draw();
    std::fflush(stdout);
    // The wait ends with the signal.
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  return code;
}

}  // namespace weir::cli
