// A `weir serve` that the test starts and kills, and the verbs that look at its stopped data
// folder.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "tests/e2e/rounds/process.h"

namespace weir::e2e {

// Where everything is.
struct Places {
  std::string programs;     // the folder with the weir program
  std::string scratch;      // a folder of its own for all that follows
  std::string data_folder;  // of all servers, one after the other
  std::string trace;        // where jobs write what they do
  std::string server_log;   // what the servers write
};

class Server {
 public:
  // Each is started as `weir serve WORD...`.
  Server(const Places& places, std::vector<std::string> words);

  // Starts one and does not wait for it. Requires: none runs. Fails: input_output.
  [[nodiscard]] base::Status start();
  // Where it listens, once it does. Fails: unavailable, it has ended or takes too long.
  [[nodiscard]] base::Result<std::string> await_address() const;
  [[nodiscard]] Process& process() { return process_; }

 private:
  const Places& places_;
  std::vector<std::string> words_;
  Process process_;
};

// The operator's, as a server wrote it down.
[[nodiscard]] std::string operator_token(const Places& places);
// Runs `weir journal WORD...` on the data folder.
[[nodiscard]] Said run_journal(const Places& places, const std::vector<std::string>& words);

}  // namespace weir::e2e
