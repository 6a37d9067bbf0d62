// Runs another program to its end, by its words and never through a shell.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace weir::backend::slurm {

struct Command {
  std::vector<std::string> words;        // the program first, looked for on the PATH given below
  std::vector<std::string> environment;  // "NAME=value", all of it
  std::string input;                     // for its standard input
};

struct CommandEnd {
  int code = 0;  // 128+n for signal n
  std::string output;
  std::string error;
};

struct Child {
  pid_t pid = 0;
  base::Descriptor handle;  // pidfd: readable when it has ended
  base::Descriptor output;
  base::Descriptor error;
};

// Starts it in a process group of its own.
// Fails: not_found, there is no such program; input_output.
[[nodiscard]] base::Result<Child> start_command(const Command& command);
// Frees it and gives its exit code; waits if it has not ended.
int wait_for_child(const Child& child);

// Runs it; what takes longer is killed.
// Fails: not_found; unavailable, it took longer than `patience`; input_output.
[[nodiscard]] base::Result<CommandEnd> run_command(const Command& command,
                                                   std::chrono::milliseconds patience);

}  // namespace weir::backend::slurm
