// What is known at a moment of a value that changes in steps, and what is taken for the rest.
//
// From `known_until` on the outlook says what was a `cycle` before: with a day as cycle, the
// persistence forecast. Sums are exact, in whole numbers; a sum costs two look-ups whatever its
// length.
// Pure: the same arguments give the same answer on every machine.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/series.h"

namespace weir::flow {

// Value × microseconds. Wide enough for every value over every span of time.
using Sum = __int128;

// What is wrong with a series, if anything: no values, a step of no time, a repeat that is not a
// whole number of steps or longer than what is known. The error's field is "values" and so on.
// Fails: invalid.
[[nodiscard]] base::Status check_series(const model::Series& series);

// A series with its sums, so that the sum over any span is the difference of two. Values as told,
// beyond which nothing is known but by repeating.
class Steps {
 public:
  // Requires: check_series.
  explicit Steps(const model::Series& series);

  [[nodiscard]] base::Time start() const { return start_; }
  [[nodiscard]] base::Time end() const;
  [[nodiscard]] base::Duration step() const { return step_; }
  [[nodiscard]] std::optional<base::Duration> repeats() const { return repeats_; }
  // Of what was told: before the start as the first value, after the end as the last.
  [[nodiscard]] std::int64_t at(base::Time time) const;
  [[nodiscard]] Sum sum(base::Time from, base::Time until) const;
  // The first moment after `time` at which another value may begin.
  [[nodiscard]] base::Time next_change(base::Time time) const;

 private:
  [[nodiscard]] Sum sum_until(base::Time time) const;

  base::Time start_;
  base::Duration step_;
  std::optional<base::Duration> repeats_;
  std::vector<std::int64_t> values_;
  std::vector<Sum> sums_;  // before each step, and after the last
};

class Outlook {
 public:
  // All that was told, and its repeats. The steps live as long as the outlook.
  explicit Outlook(const Steps& steps);
  // As somebody sees it who knows what was told of the time before `known_until` alone.
  // Requires: cycle > 0.
  Outlook(const Steps& steps, base::Time known_until, base::Duration cycle);

  // Never: it repeats.
  [[nodiscard]] std::optional<base::Time> ends() const;
  [[nodiscard]] std::int64_t at(base::Time time) const { return steps_->at(known(time)); }
  [[nodiscard]] Sum sum(base::Time from, base::Time until) const;
  [[nodiscard]] base::Time next_change(base::Time time) const;

 private:
  // The moment of what was told that is taken for this one.
  [[nodiscard]] base::Time known(base::Time time) const;

  const Steps* steps_;
  base::Time known_until_;
  base::Duration cycle_{};  // 0: what comes after is not known, and is as the last value
};

}  // namespace weir::flow
