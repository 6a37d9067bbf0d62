// When things become free: a forecast of starts, and the promise that keeps a gang from starving.
//
// A forecast plays the future on a copy of the capacity: running work ends at its time limit, and
// waiting work starts strictly in turn. Real starts are the same or earlier, as work ends before
// its limit and small work slips into gaps; what has no limit ends nobody knows when, and whatever
// must wait for it has no forecast.
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <set>
#include <vector>

#include "base/time.h"
#include "schedule/capacity.h"
#include "schedule/request.h"

namespace weir::schedule {

struct RunningWork {
  std::vector<model::RankPlacement> ranks;
  std::optional<base::Time> end;  // the latest; none: it has no time limit
  std::uint64_t owner = 0;        // whose it is: see WaitingWork
};

struct WaitingWork {
  const Request* request = nullptr;
  std::uint32_t tasks = 1;    // how many of it wait
  std::uint32_t running = 0;  // and run already
  std::uint32_t at_once = 0;  // most at once; 0: no limit
  std::optional<base::Duration> time_limit;
  std::uint64_t owner = 0;  // an array keeps to its number at once by its own running work
};

// Where and when one task would start.
struct Start {
  std::uint32_t option = 0;
  std::vector<model::RankPlacement> ranks;
  std::optional<base::Time> time;  // none: it depends on work without a time limit
};

class Forecast {
 public:
  Forecast(Capacity free, std::vector<RunningWork> running, base::Time now);

  // The start of the next in turn, after everything added before it; none where it can never fit.
  // Cost: the ends passed on the way, each O(log n) and a look at the kinds of free shapes.
  [[nodiscard]] std::optional<Start> add(const WaitingWork& waiting);

 private:
  struct End {
    bool unknown = false;  // ends without a known time come after all that have one
    base::Time time;
    std::uint64_t order = 0;
    std::size_t work = 0;
    friend bool operator>(const End& a, const End& b) {
      return std::tie(a.unknown, a.time, a.order) > std::tie(b.unknown, b.time, b.order);
    }
  };
  // Gives back what ends next; whose it was, or none where nothing is left to end.
  std::optional<std::uint64_t> pass_next_end();
  void run(const Start& start, const WaitingWork& waiting);

  Capacity capacity_;
  struct Work {
    std::vector<model::RankPlacement> ranks;
    std::uint64_t owner = 0;
  };
  std::vector<Work> work_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  base::Time time_;
  bool known_ = true;  // false once the forecast has passed an end nobody knows
};

// The start kept for the first job that has to wait. What goes after it may use these nodes only
// if it is certain to be gone by then (EASY backfill with one reservation: Lifka 1995).
struct Promise {
  std::optional<base::Time> start;
  std::set<std::uint32_t> nodes;
};
// True if work of this length, started now, may use the promise's nodes.
[[nodiscard]] bool ends_before(const Promise& promise, base::Time now,
                               std::optional<base::Duration> time_limit);

}  // namespace weir::schedule
