// Follows a job's logs to its end, or until the user has seen enough.
#pragma once

#include <string>

#include "cli/client.h"
#include "cli/options.h"

namespace weir::cli {

struct FollowResult {
  bool detached = false;  // Ctrl-C: the job goes on
  int exit_code = 0;      // the job's own, or Weir's word for how it ended
};

// The program's output goes to stdout; setup, platform and what Weir says to stderr. Picks the
// stream up again where it was, should the connection break.
[[nodiscard]] base::Result<FollowResult> follow_job(Client& client, const LogFlags& flags);

// Prints one piece of a log, labelled where asked.
void print_log(const std::string& stream, const std::string& label, const std::string& text);

}  // namespace weir::cli
