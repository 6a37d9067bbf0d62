#include "flow/ceiling.h"

#include <algorithm>

#include "base/check.h"

namespace weir::flow {

using base::Time;

namespace {

constexpr std::int64_t mw_per_watt = 1'000;
constexpr std::size_t changes_most = std::size_t{1} << 17U;

}  // namespace

Ceiling::Ceiling(const std::optional<model::Series>& cap_watts) {
  if (!cap_watts) return;
  cap_.emplace(*cap_watts);
  cap_most_ = *std::max_element(cap_watts->values.begin(), cap_watts->values.end()) * mw_per_watt;
}

void Ceiling::add(Span span, std::vector<model::PowerStep> steps) {
  WEIR_CHECK(!steps.empty(), "what is committed to begins with something");
  commitments_.push_back({span, std::move(steps)});
}

std::optional<std::int64_t> Ceiling::at(Time time) const {
  std::optional<std::int64_t> least;
  if (cap_) least = Outlook(*cap_).at(time) * mw_per_watt;
  for (const Commitment& commitment : commitments_) {
    if (time < commitment.span.from || time >= commitment.span.until) continue;
    const auto after =
        std::upper_bound(commitment.steps.begin(), commitment.steps.end(), time,
                         [](Time when, const auto& step) { return when < step.from; });
    const auto& step = after == commitment.steps.begin() ? *after : *std::prev(after);
    least = least ? std::min(*least, step.milliwatts) : step.milliwatts;
  }
  return least;
}

// The first moment after `time` at which anything of it may be another.
std::optional<Time> Ceiling::next_step(Time time) const {
  std::optional<Time> next;
  const auto consider = [&](Time when) {
    if (when > time && (!next || when < *next)) next = when;
  };
  if (cap_) {
    const Outlook outlook(*cap_);
    const auto ends = outlook.ends();
    if (!ends || time < *ends) consider(outlook.next_change(time));
  }
  for (const Commitment& commitment : commitments_) {
    if (time >= commitment.span.until) continue;
    consider(commitment.span.from);
    consider(commitment.span.until);
    for (const model::PowerStep& step : commitment.steps) {
      if (step.from < commitment.span.until) consider(step.from);
    }
  }
  return next;
}

std::optional<Time> Ceiling::next_change(Time time) const {
  const auto now = at(time);
  // What repeats has been seen whole after one cycle.
  std::optional<Time> whole;
  if (cap_ && cap_->repeats()) whole = std::max(time, cap_->end()) + *cap_->repeats();
  auto next = next_step(time);
  for (std::size_t seen = 0; next && seen < changes_most; ++seen) {
    if (at(*next) != now) return next;
    const bool only_cap =
        std::none_of(commitments_.begin(), commitments_.end(),
                     [&](const Commitment& commitment) { return *next < commitment.span.until; });
    if (whole && only_cap && *next >= *whole) return std::nullopt;
    next = next_step(*next);
  }
  return std::nullopt;
}

std::optional<Time> Ceiling::next_rise(Time time) const {
  const auto now = at(time);
  if (!now) return std::nullopt;
  std::optional<Time> whole;
  if (cap_ && cap_->repeats()) whole = std::max(time, cap_->end()) + *cap_->repeats();
  auto next = next_change(time);
  for (std::size_t seen = 0; next && seen < changes_most; ++seen) {
    const auto then = at(*next);
    if (!then || *then > *now) return next;
    if (whole && *next > *whole &&
        std::none_of(commitments_.begin(), commitments_.end(),
                     [&](const Commitment& commitment) { return *next < commitment.span.until; })) {
      return std::nullopt;
    }
    next = next_change(*next);
  }
  return std::nullopt;
}

bool Ceiling::binds_after(Time time) const {
  return cap_ || std::any_of(commitments_.begin(), commitments_.end(),
                             [&](const Commitment& each) { return time < each.span.until; });
}

}  // namespace weir::flow
