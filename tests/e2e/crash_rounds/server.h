// A `weir serve` that the test starts and kills, and the verbs that look at its stopped data
// folder.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::e2e {

// Where everything is.
struct Places {
  std::string programs;     // the folder with the weir program
  std::string data_folder;  // of all servers, one after the other
  std::string trace;        // where jobs write what they do
  std::string server_log;   // what the servers write
};

class Server {
 public:
  explicit Server(const Places& places) : places_(places) {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Starts one and does not wait for it. Requires: none runs. Fails: input_output.
  [[nodiscard]] base::Status start();
  // Where it listens, once it does. Fails: unavailable, it has ended or takes too long.
  [[nodiscard]] base::Result<std::string> await_address() const;
  // Kills it at once (SIGKILL). True if it was still there to be killed.
  bool kill();
  // Ends it in order (SIGTERM). Returns its exit code.
  int stop();

 private:
  int reap();

  const Places& places_;
  pid_t process_ = -1;
};

// What a program wrote, on both streams, and the code it ended with.
struct Said {
  int code = 0;
  std::string text;
};
// Runs `weir journal WORD...` on the data folder.
[[nodiscard]] Said run_journal(const Places& places, const std::vector<std::string>& words);

// The processes of jobs of this data folder.
[[nodiscard]] std::vector<pid_t> job_processes(const std::string& data_folder);

}  // namespace weir::e2e
