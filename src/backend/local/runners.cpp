#include "backend/local/runners.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace weir::backend::local {
namespace {

// Free ones beyond that are let go at once; the others leave after a while without work.
constexpr std::size_t free_max = 64;

int watched_descriptor_of(const RunnerProcess& process) {
  return process.line ? process.line.get() : process.handle.get();
}

}  // namespace

base::Result<Runner*> Runners::engage(const RankKey& key, const RunnerOrder& order) {
  while (!free_.empty()) {
    Runner* const runner = free_.back();
    free_.pop_back();
    if (!give_order(runner->process, order)) continue;  // it has just left: hear() will say so
    runner->rank = key;
    return runner;
  }
  Runner* const runner = WEIR_TRY(start());
  // Told of by then: should it fail to take the order, its end is heard, and is not the rank's.
  WEIR_TRY_STATUS(give_order(runner->process, order));
  runner->rank = key;
  return runner;
}

base::Result<Runner*> Runners::start() {
  RunnerProcess process = WEIR_TRY(start_runner(program_));
  return watch(std::move(process));
}

base::Result<Runner*> Runners::adopt(const RankKey& key, const std::string& path) {
  RunnerProcess process = WEIR_TRY(adopt_runner(path));
  Runner* const runner = WEIR_TRY(watch(std::move(process)));
  runner->rank = key;
  return runner;
}

base::Result<Runner*> Runners::watch(RunnerProcess process) {
  const int descriptor = watched_descriptor_of(process);
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.fd = descriptor;
  if (::epoll_ctl(news_, EPOLL_CTL_ADD, descriptor, &interest) != 0) {
    const int error = errno;
    if (process.line) {
      tell_to_stop(process);
      wait_for(process);
    }
    return base::fail_errno("watch a runner", error);
  }
  Runner& runner = watched_[descriptor];
  runner.process = std::move(process);
  return &runner;
}

std::optional<RankOver> Runners::hear(int descriptor) {
  const auto found = watched_.find(descriptor);
  if (found == watched_.end()) return std::nullopt;
  Runner& runner = found->second;
  const Word word = word_of(runner.process);
  if (word == Word::none) return std::nullopt;
  RankOver over;
  const std::optional<RankKey> rank = std::exchange(runner.rank, std::nullopt);
  if (rank) over.key = *rank;
  over.runner_pid = runner.process.pid;
  if (word == Word::rank_over) {
    over.runner = &runner;
  } else {
    over.exit_code = wait_for(runner.process);
    std::erase(free_, &runner);
    // Closing alone does not end the watch: a process that is just being spawned holds a copy for a
    // moment, and the watch would outlive the runner.
    static_cast<void>(::epoll_ctl(news_, EPOLL_CTL_DEL, descriptor, nullptr));
    watched_.erase(found);
  }
  return rank ? std::optional(over) : std::nullopt;
}

void Runners::release(Runner& runner, bool may_be_kept) {
  if (may_be_kept && !runner.was_told_to_stop && free_.size() < free_max) {
    free_.push_back(&runner);
  } else {
    ::shutdown(runner.process.line.get(), SHUT_WR);  // it leaves, and hear() frees it
  }
}

void Runners::stop(Runner& runner) {
  runner.was_told_to_stop = true;
  tell_to_stop(runner.process);
}

}  // namespace weir::backend::local
