#include "flow/calendar.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace weir::flow {

using base::Duration;
using base::Time;

LinkCalendar::LinkCalendar(std::int64_t bits_per_second, std::uint32_t slack_percent)
    : room_(bits_per_second / 100 * (100 - slack_percent)) {
  WEIR_CHECK(bits_per_second > 0 && slack_percent < 100, "a link carries something");
}

std::int64_t LinkCalendar::free_at(Time time) const {
  const auto after = given_.upper_bound(time);
  return after == given_.begin() ? room_ : room_ - std::prev(after)->second;
}

std::optional<Time> LinkCalendar::next_change(Time time) const {
  const auto after = given_.upper_bound(time);
  return after == given_.end() ? std::nullopt : std::optional(after->first);
}

void LinkCalendar::add(const RatePiece& piece, std::int64_t sign) {
  const auto cut = [&](Time time) {
    const auto after = given_.upper_bound(time);
    return given_.try_emplace(time, after == given_.begin() ? 0 : std::prev(after)->second).first;
  };
  const auto end = cut(piece.span.until);
  for (auto at = cut(piece.span.from); at != end; ++at) {
    at->second += sign * piece.bits_per_second;
    WEIR_CHECK(at->second >= 0 && at->second <= room_, "what is given is there");
  }
  // Where nothing changes any more, no change is kept.
  for (const Time time : {piece.span.from, piece.span.until}) {
    const auto at = given_.find(time);
    const std::int64_t before = at == given_.begin() ? 0 : std::prev(at)->second;
    if (at->second == before) given_.erase(at);
  }
}

void LinkCalendar::take(const RatePiece& piece) { add(piece, 1); }
void LinkCalendar::give_back(const RatePiece& piece) { add(piece, -1); }

void LinkCalendar::forget_before(Time time) {
  const auto after = given_.upper_bound(time);
  if (after == given_.begin()) return;
  given_.erase(given_.begin(), std::prev(after));
}

std::optional<TransferPlan> plan_transfer(std::span<const LinkCalendar* const> way,
                                          std::int64_t bytes, Time from,
                                          std::optional<Time> deadline,
                                          std::optional<std::int64_t> most) {
  WEIR_CHECK(bytes > 0 && !way.empty(), "something goes somewhere");
  constexpr __int128 us_per_second = 1'000'000;
  TransferPlan plan;
  // In bits × microseconds a second, so that nothing is rounded on the way.
  __int128 left = static_cast<__int128>(bytes) * 8 * us_per_second;
  Time now = from;
  while (left > 0) {
    if (deadline && now >= *deadline) return std::nullopt;
    std::int64_t rate = most.value_or(std::numeric_limits<std::int64_t>::max());
    std::optional<Time> change;
    for (const LinkCalendar* const link : way) {
      rate = std::min(rate, link->free_at(now));
      const auto next = link->next_change(now);
      if (next && (!change || *next < *change)) change = next;
    }
    if (rate <= 0) {
      if (!change) return std::nullopt;
      now = *change;
      continue;
    }
    const __int128 needed = (left + rate - 1) / rate;
    constexpr __int128 longest = std::int64_t{1} << 60;
    Time until = now + Duration(static_cast<std::int64_t>(std::min(needed, longest)));
    if (change) until = std::min(until, *change);
    left -= static_cast<__int128>(rate) * (until - now).count();
    const bool goes_on = !plan.pieces.empty() && plan.pieces.back().span.until == now &&
                         plan.pieces.back().bits_per_second == rate;
    if (goes_on) {
      plan.pieces.back().span.until = until;
    } else {
      plan.pieces.push_back({{now, until}, rate});
    }
    now = until;
  }
  if (deadline && plan.end() > *deadline) return std::nullopt;
  return plan;
}

}  // namespace weir::flow
