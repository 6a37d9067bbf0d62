// Programs that a test starts, stops, freezes and kills.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

#include "base/result.h"

namespace weir::e2e {

class Process {
 public:
  Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { kill(); }

  // Starts a program whose output, both streams, is added to the file `output`. Requires: none
  // runs. Fails: input_output.
  [[nodiscard]] base::Status start(const std::string& program,
                                   const std::vector<std::string>& words,
                                   const std::string& output);
  [[nodiscard]] pid_t id() const { return id_; }
  [[nodiscard]] bool is_started() const { return id_ >= 0; }
  // How it ended, where it has by itself; it stays to be stopped or killed.
  [[nodiscard]] bool has_ended() const;
  void signal(int number) const;
  // Ends it at once (SIGKILL). True if it was still there to be killed.
  bool kill();
  // Ends it in order (SIGTERM). Returns its exit code; 128+n for signal n.
  int stop();

 private:
  int reap();
  pid_t id_ = -1;
};

// What a program wrote, on both streams, and the code it ended with.
struct Said {
  int code = 0;
  std::string text;
};
// Runs it to its end. `variables` ("NAME=value") are added to the environment.
[[nodiscard]] Said run_program(const std::string& program, const std::vector<std::string>& words,
                               const std::vector<std::string>& variables = {});

// The processes of jobs whose folders lie below this one.
[[nodiscard]] std::vector<pid_t> job_processes(const std::string& folder);

}  // namespace weir::e2e
