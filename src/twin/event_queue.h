// The future of a simulation: what happens when, in one total order.
//
// Order: time; at one time first what breaks and mends, then what begins, then what ends, then the
// engine's own tick, so that work which arrives in the same moment (twin/arrivals.h, always last)
// finds free what has just become free; then site, then the order in which it was put down.
#pragma once

#include <cstdint>
#include <queue>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "model/ids.h"

namespace weir::twin {

enum class EventKind : std::uint8_t {
  site_back,
  node_back,
  site_fault,
  node_fault,
  device_fault,
  attempt_begins,  // its programs start
  attempt_ends,    // by itself, or at its time limit
  attempt_rests,   // its turn is over
  attempt_stops,   // as it was told to
  bytes_arrive,    // of a transfer with windows of its own
  gives_up,        // the user of a job that has not started yet
  tick
};
[[nodiscard]] constexpr bool is_fault(EventKind kind) {
  return kind >= EventKind::site_fault && kind <= EventKind::device_fault;
}

struct Event {
  base::Time time;
  EventKind kind = EventKind::tick;
  std::uint32_t site = 0;      // index in the simulation's list
  std::uint32_t node = 0;      // of node_back
  std::uint64_t transfer = 0;  // of bytes_arrive
  model::AttemptKey attempt;
  std::uint64_t order = 0;  // given by the queue
};

class EventQueue {
 public:
  void put(Event event) {
    event.order = next_order_++;
    if (!is_fault(event.kind)) ++of_work_;
    events_.push(event);
  }
  [[nodiscard]] bool empty() const { return events_.empty(); }
  [[nodiscard]] const Event& first() const { return events_.top(); }
  Event take() {
    const Event event = events_.top();
    events_.pop();
    if (!is_fault(event.kind)) --of_work_;
    return event;
  }
  // Events that are not faults to come: these never end.
  [[nodiscard]] std::uint64_t of_work() const { return of_work_; }

 private:
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return std::tie(a.time, a.kind, a.site, a.order) > std::tie(b.time, b.kind, b.site, b.order);
    }
  };
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::uint64_t next_order_ = 0;
  std::uint64_t of_work_ = 0;
};

}  // namespace weir::twin
