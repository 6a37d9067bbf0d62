#include "schedule/reserve.h"

#include <algorithm>

#include "schedule/choose.h"
#include "schedule/filter.h"

namespace weir::schedule {

Forecast::Forecast(Capacity free, std::vector<RunningWork> running, base::Time now)
    : capacity_(std::move(free)), time_(now) {
  for (RunningWork& work : running) {
    ends_.push({!work.end, work.end.value_or(base::Time{}), work_.size(), work_.size()});
    work_.push_back({std::move(work.ranks), work.owner});
  }
}

std::optional<std::uint64_t> Forecast::pass_next_end() {
  if (ends_.empty()) return std::nullopt;
  const End end = ends_.top();
  ends_.pop();
  if (end.unknown) {
    known_ = false;
  } else {
    // Work that is past its limit is about to end: it is not back in time.
    time_ = std::max(time_, end.time);
  }
  capacity_.release(work_[end.work].ranks);
  return work_[end.work].owner;
}

void Forecast::run(const Start& start, const WaitingWork& waiting) {
  capacity_.take(start.ranks);
  const bool unknown = !known_ || !waiting.time_limit;
  const base::Time end = unknown ? base::Time{} : time_ + *waiting.time_limit;
  ends_.push({unknown, end, work_.size(), work_.size()});
  work_.push_back({start.ranks, waiting.owner});
}

std::optional<Start> Forecast::add(const WaitingWork& waiting) {
  const Request& request = *waiting.request;
  const bool possible = std::any_of(request.options.begin(), request.options.end(),
                                    [&](const model::ResourceOption& option) {
                                      return !never_fits(capacity_, request.nodes, option);
                                    });
  if (!possible) return std::nullopt;
  std::optional<Start> first;
  // A large array says nothing new after its first tasks; this bounds the cost of one question.
  const std::uint32_t limit = std::min<std::uint32_t>(waiting.tasks, 1000);
  std::uint32_t running = waiting.running;
  for (std::uint32_t task = 0; task < limit; ++task) {
    std::optional<Choice> choice;
    const auto at_its_limit = [&] { return waiting.at_once != 0 && running >= waiting.at_once; };
    while (at_its_limit() || !(choice = choose(capacity_, request))) {
      const auto ended = pass_next_end();
      if (!ended) return first;
      if (*ended == waiting.owner && running > 0) --running;
    }
    Start start{choice->option, std::move(choice->ranks),
                known_ ? std::optional(time_) : std::nullopt};
    run(start, waiting);
    ++running;
    if (!first) first = std::move(start);
  }
  return first;
}

bool ends_before(const Promise& promise, base::Time now, std::optional<base::Duration> time_limit) {
  return promise.start && time_limit && now + *time_limit <= *promise.start;
}

}  // namespace weir::schedule
