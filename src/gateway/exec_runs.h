// Commands run beside ranks: POST /v1/jobs/{id}/exec. Each has a thread of its own, because it
// waits for the command as long as that takes; so there is a limit to how many run at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gateway/call.h"

namespace weir::gateway {

struct ExecCommand {
  std::string site;
  model::AttemptKey attempt;
  std::uint32_t rank = 0;
  std::string text;
};

class ExecRuns {
 public:
  static constexpr std::size_t at_once_max = 32;

  explicit ExecRuns(Core& core) : core_(core) {}
  ExecRuns(const ExecRuns&) = delete;
  ExecRuns& operator=(const ExecRuns&) = delete;
  ~ExecRuns() { stop(); }

  // Runs the command and answers the call with its output as events: `output`, then `exit`, or
  // `error` in place of it. A client that leaves ends the command.
  // Fails: too_many; unavailable, after stop().
  [[nodiscard]] base::Status start(const std::shared_ptr<Call>& call, ExecCommand command);
  // Ends all commands and waits for their ends.
  void stop();

 private:
  struct Run {
    std::jthread thread;
    std::atomic<bool> over = false;
  };
  void serve(const http::StreamWriter& writer, const ExecCommand& command,
             const std::stop_token& stop);

  Core& core_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<std::unique_ptr<Run>> runs_;
};

}  // namespace weir::gateway
