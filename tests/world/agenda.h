// The future of a simulated world: what happens when, and a clock that jumps from one to the next.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "base/time.h"

namespace weir::world {

class Agenda {
 public:
  using Happening = std::function<void()>;

  [[nodiscard]] base::Time now() const { return now_; }
  // Things for the same moment happen in the order in which they were put down.
  void at(base::Time time, Happening happening) {
    future_.emplace(std::pair(time < now_ ? now_ : time, order_++), std::move(happening));
  }
  void after(base::Duration delay, Happening happening) { at(now_ + delay, std::move(happening)); }

  // Lets the next thing happen. False where there is none.
  bool step() {
    if (future_.empty()) return false;
    auto next = future_.extract(future_.begin());
    now_ = next.key().first;
    ++steps_;
    next.mapped()();
    return true;
  }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::size_t size() const { return future_.size(); }

 private:
  base::Time now_ = base::time_from_us(1'700'000'000'000'000);
  std::uint64_t order_ = 0;
  std::uint64_t steps_ = 0;
  std::map<std::pair<base::Time, std::uint64_t>, Happening> future_;
};

}  // namespace weir::world
