// The runners this server watches: at work, free for another rank, or on their way out.
//
// A runner that has run a rank is kept for the next one, for starting a process and its C library
// costs several times what a short rank needs. One is not kept after it was told to stop (a second
// such word may still be on its way), nor after somebody else watched it for the rank's end.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backend/local/runner_process.h"
#include "backend/rank.h"
#include "base/result.h"

namespace weir::backend::local {

struct Runner {
  RunnerProcess process;
  std::optional<RankKey> rank;  // none: it is free, or on its way out
  bool was_told_to_stop = false;
};

// A rank is not at work any more.
struct RankOver {
  RankKey key;
  pid_t runner_pid = 0;
  int exit_code = 0;         // of a runner that has ended
  Runner* runner = nullptr;  // that is done with the rank, to be released; null: it has ended
};

class Runners {
 public:
  // `news` is an epoll, not owned: what is watched is known there by its descriptor's number.
  Runners(std::string program, int news) : program_(std::move(program)), news_(news) {}

  // Has a free runner, or a new one, carry out `order`. Stays valid until the rank is over.
  // Fails: input_output.
  [[nodiscard]] base::Result<Runner*> engage(const RankKey& key, const RunnerOrder& order);
  // Watches the living runner that holds the record at `path`, whoever started it.
  // Fails: not_found, none does; input_output.
  [[nodiscard]] base::Result<Runner*> adopt(const RankKey& key, const std::string& path);

  // What the runner behind `descriptor` says, now that it is readable; none: nothing of a rank.
  [[nodiscard]] std::optional<RankOver> hear(int descriptor);
  // Takes back a runner that is done with its rank. Kept for another one if `may_be_kept`.
  void release(Runner& runner, bool may_be_kept);

  // Has the runner end its rank.
  static void stop(Runner& runner);

  [[nodiscard]] std::size_t free_count() const { return free_.size(); }

 private:
  [[nodiscard]] base::Result<Runner*> watch(RunnerProcess process);
  [[nodiscard]] base::Result<Runner*> start();

  std::string program_;
  int news_;
  // By the descriptor that is watched. One is closed only in hear(), when it was readable itself:
  // so no other can get its number while more of the same news are looked through.
  std::map<int, Runner> watched_;
  std::vector<Runner*> free_;
};

}  // namespace weir::backend::local
