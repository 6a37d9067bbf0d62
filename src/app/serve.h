// `weir serve`: one process that is a whole Weir for this machine.
#pragma once

#include <cstdint>
#include <string>

#include "app/agent_door.h"

namespace weir::app {

struct ServeOptions {
  std::string data_folder;
  std::string address = "127.0.0.1";
  std::uint16_t port = 9347;       // 0: any that is free
  std::uint32_t nodes = 1;         // how many nodes this machine is cut into
  std::string machine_root = "/";  // the file system that says what is on this machine
  AgentDoorOptions agents;         // where agents of other sites dial in
  bool quiet = false;              // do not print how to go on
};

// Runs until SIGTERM or SIGINT, then stops in order and leaves running work running.
// Returns the exit code: 0 after a clean stop, 1 where it could not start or had to stop.
[[nodiscard]] int serve(const ServeOptions& options);

}  // namespace weir::app
