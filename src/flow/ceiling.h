// What a site may draw over time: its cap, and what was committed to requests, the least of them.
//
// In milliwatts of the whole room. A cap goes on as its last value where it does not repeat: a
// limit that ran out would be none, and nobody wants that of a breaker.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "flow/outlook.h"
#include "flow/shift.h"
#include "model/power.h"

namespace weir::flow {

class Ceiling {
 public:
  Ceiling() = default;
  // Requires: check_series of the cap, if there is one.
  explicit Ceiling(const std::optional<model::Series>& cap_watts);

  // Within the span no more than these steps say, of which the first begins with it.
  // Requires: there is one, and they are in order.
  void add(Span span, std::vector<model::PowerStep> steps);

  // None: as much as it will.
  [[nodiscard]] std::optional<std::int64_t> at(base::Time time) const;
  // The first moment after `time` from which on it is another; none: it stays as it is, or nobody
  // can see the end of that within so many changes of what was told.
  [[nodiscard]] std::optional<base::Time> next_change(base::Time time) const;
  // The first moment after `time` from which on it is more; likewise.
  [[nodiscard]] std::optional<base::Time> next_rise(base::Time time) const;
  // True if it may ever bind from then on.
  [[nodiscard]] bool binds_after(base::Time time) const;
  // The most that it ever allows by the cap alone; none: there is no cap.
  [[nodiscard]] std::optional<std::int64_t> cap_most() const { return cap_most_; }

 private:
  struct Commitment {
    Span span;
    std::vector<model::PowerStep> steps;
  };
  [[nodiscard]] std::optional<base::Time> next_step(base::Time time) const;

  std::optional<Steps> cap_;
  std::optional<std::int64_t> cap_most_;
  std::vector<Commitment> commitments_;
};

}  // namespace weir::flow
