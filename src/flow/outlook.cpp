#include "flow/outlook.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace weir::flow {

using base::Duration;
using base::ErrorCode;
using base::fail;
using base::Time;

base::Status check_series(const model::Series& series) {
  if (series.values.empty()) {
    return fail(ErrorCode::invalid, "has no values", "values", "one for each step from `start` on");
  }
  if (series.step <= Duration(0)) {
    return fail(ErrorCode::invalid, "is no time", "step", "1h");
  }
  if (!series.repeats) return {};
  const Duration all = series.step * static_cast<std::int64_t>(series.values.size());
  if (*series.repeats <= Duration(0) || *series.repeats > all ||
      *series.repeats % series.step != Duration(0)) {
    return fail(ErrorCode::invalid,
                base::format_duration(*series.repeats) +
                    " is not a whole number of steps out of the " + base::format_duration(all) +
                    " that are told",
                "repeats", base::format_duration(all));
  }
  return {};
}

Steps::Steps(const model::Series& series)
    : start_(series.start), step_(series.step), repeats_(series.repeats), values_(series.values) {
  WEIR_CHECK(!values_.empty() && step_ > Duration(0), "a series has values and a step");
  sums_.reserve(values_.size() + 1);
  sums_.push_back(0);
  for (const std::int64_t value : values_) {
    sums_.push_back(sums_.back() + static_cast<Sum>(value) * step_.count());
  }
}

Time Steps::end() const { return start_ + step_ * static_cast<std::int64_t>(values_.size()); }

std::int64_t Steps::at(Time time) const {
  if (time <= start_) return values_.front();
  const auto index = static_cast<std::size_t>((time - start_) / step_);
  return index < values_.size() ? values_[index] : values_.back();
}

Sum Steps::sum_until(Time time) const {
  const Duration since = time - start_;
  if (since <= Duration(0)) return static_cast<Sum>(values_.front()) * since.count();
  const auto index = static_cast<std::size_t>(since / step_);
  if (index >= values_.size()) {
    return sums_.back() + static_cast<Sum>(values_.back()) * (time - end()).count();
  }
  return sums_[index] + static_cast<Sum>(values_[index]) * (since % step_).count();
}

Sum Steps::sum(Time from, Time until) const { return sum_until(until) - sum_until(from); }

Time Steps::next_change(Time time) const {
  if (time < start_) return start_;
  return start_ + ((time - start_) / step_ + 1) * step_;
}

Outlook::Outlook(const Steps& steps)
    : steps_(&steps), known_until_(steps.end()), cycle_(steps.repeats().value_or(Duration(0))) {}

Outlook::Outlook(const Steps& steps, Time known_until, Duration cycle)
    : steps_(&steps), known_until_(known_until), cycle_(cycle) {
  WEIR_CHECK(cycle > Duration(0), "what was is taken for what comes after some time");
}

std::optional<Time> Outlook::ends() const {
  if (cycle_ > Duration(0)) return std::nullopt;
  return known_until_;
}

Time Outlook::known(Time time) const {
  if (time < known_until_ || cycle_ == Duration(0)) return time;
  return known_until_ - cycle_ + (time - known_until_) % cycle_;
}

Sum Outlook::sum(Time from, Time until) const {
  WEIR_CHECK(from <= until, "a span ends after its beginning");
  if (cycle_ == Duration(0) || until <= known_until_) return steps_->sum(from, until);
  Sum before = 0;
  if (from < known_until_) before = steps_->sum(from, known_until_);
  const Time first = known_until_ - cycle_;
  const auto after = [&](Time time) {  // from known_until_ on
    const Duration since = time - known_until_;
    return steps_->sum(first, known_until_) * (since / cycle_) +
           steps_->sum(first, first + since % cycle_);
  };
  return before + after(until) - after(std::max(from, known_until_));
}

Time Outlook::next_change(Time time) const {
  if (cycle_ == Duration(0)) return steps_->next_change(time);
  if (time < known_until_) return std::min(steps_->next_change(time), known_until_);
  const Time in_cycle = known(time);
  return time + (std::min(steps_->next_change(in_cycle), known_until_) - in_cycle);
}

}  // namespace weir::flow
