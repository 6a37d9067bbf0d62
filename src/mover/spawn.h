// Starts other programs. Inside this room only.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace weir::mover {

using Variables = std::map<std::string, std::string>;

// What of our own environment another program needs: how to find programs, homes, proxies and
// certificates.
[[nodiscard]] Variables passed_on_environment();

struct Streams {
  int input;
  int output;
  int errors;
};

inline constexpr int exit_not_started = 127;

// Starts `words` (the first is the program, looked for on the PATH) with that environment and those
// streams, and nothing else of ours. `with_us`: it is killed when the thread that calls ends.
// Ensures: a program that cannot be started is a child that ends with exit_not_started.
// Fails: input_output.
[[nodiscard]] base::Result<pid_t> start_process(const std::vector<std::string>& words,
                                                const Variables& variables, const Streams& streams,
                                                bool with_us);
// Its exit code; 128+n for signal n.
int wait_for_end(pid_t pid);

}  // namespace weir::mover
