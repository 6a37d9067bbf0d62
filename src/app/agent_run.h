// `weir agent`: one process at a site that others than the control plane own.
#pragma once

#include <string>

#include "app/agent_identity.h"
#include "app/agent_site.h"
#include "base/time.h"

namespace weir::app {

struct AgentOptions {
  AgentConnection connection;
  std::string token;   // "": it has joined before
  std::string folder;  // of its own: key, runs, logs
  SiteChoice site;
  std::string policy;  // path of the owner's policy (agent/site_policy.h); "": all is let in
  // What a queue of the site's own has not begun in this time is handed back; 0: never.
  base::Duration begin_within = std::chrono::minutes(10);
};

// Runs until SIGTERM or SIGINT, then leaves running work running: an agent that comes back finds
// it. Returns the exit code.
[[nodiscard]] int run_agent(const AgentOptions& options);

// The process that ends the work of an agent that is gone, at the Weir that was its site. `folder`
// of the options is that of its backend; `fence` a duration.
[[nodiscard]] int guard_agent(const AgentOptions& options, const std::string& site,
                              const std::string& fence);

}  // namespace weir::app
