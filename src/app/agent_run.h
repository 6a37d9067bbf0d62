// `weir agent`: one process at a site that others than the control plane own.
#pragma once

#include <cstdint>
#include <string>

#include "app/agent_identity.h"

namespace weir::app {

// A Slurm cluster in place of this machine; "" of each: as Slurm has it.
struct SlurmSite {
  bool is_meant = false;
  std::string configuration;  // path of slurm.conf
  std::string partition;
  std::string account;
  std::string quality;  // QoS
  std::string constraint;
  std::string reservation;
};

// Another Weir in place of this machine.
struct WeirSite {
  std::string url;         // of its REST API; "": none is meant
  std::string token_file;  // of a user there
};

struct AgentOptions {
  AgentConnection connection;
  std::string token;        // "": it has joined before
  std::string folder;       // of its own: key, runs, logs
  std::uint32_t nodes = 1;  // how many nodes this machine is cut into
  SlurmSite slurm;
  WeirSite weir;
  std::string machine_root = "/";  // the file system that says what is on this machine
};

// Runs until SIGTERM or SIGINT, then leaves running work running: an agent that comes back finds
// it. Returns the exit code.
[[nodiscard]] int run_agent(const AgentOptions& options);

// The process that ends the work of an agent that is gone, at the Weir that was its site. `folder`
// of the options is that of its backend; `fence` a duration.
[[nodiscard]] int guard_agent(const AgentOptions& options, const std::string& site,
                              const std::string& fence);

}  // namespace weir::app
