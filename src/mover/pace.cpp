#include "mover/pace.h"

#include <algorithm>

#include "base/check.h"

namespace weir::mover {

using base::Duration;
using base::Time;

namespace {

constexpr std::int64_t us_per_second = 1'000'000;
using Wide = __int128;

std::int64_t bytes_in(const RatePiece& piece, Time from, Time until) {
  const Duration span = std::min(piece.until, until) - std::max(piece.from, from);
  if (span <= Duration(0)) return 0;
  return static_cast<std::int64_t>(Wide{span.count()} * piece.bits_per_second /
                                   (8 * us_per_second));
}

}  // namespace

base::Status check_pieces(const std::vector<RatePiece>& pieces) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto wrong = [&](const char* field, const char* message) {
      return base::fail(base::ErrorCode::invalid, message,
                        "fetching.pieces[" + std::to_string(i) + "]." + field);
    };
    if (pieces[i].until <= pieces[i].from) return wrong("until", "is not after `from`");
    if (pieces[i].bits_per_second < 8) return wrong("bits_per_second", "is below 8");
    if (i > 0 && pieces[i].from < pieces[i - 1].until) {
      return wrong("from", "is before the end of the piece before it");
    }
  }
  return {};
}

std::optional<Time> Pace::enter(Time from) {
  while (piece_ < pieces_.size() && pieces_[piece_].until <= from) ++piece_;
  if (piece_ == pieces_.size()) return std::nullopt;
  return std::max(from, pieces_[piece_].from);
}

std::optional<Time> Pace::take(std::int64_t bytes, Time now) {
  if (pieces_.empty()) return now;
  if (next_ < now - catch_up_most) {
    next_ = now - catch_up_most;
    rest_ = 0;
  }
  const std::optional<Time> begin = enter(next_);
  if (!begin) return std::nullopt;
  if (*begin != next_) rest_ = 0;
  next_ = *begin;
  // In bits times microseconds a second, so that nothing is lost to rounding.
  Wide left = Wide{bytes} * 8 * us_per_second - rest_;
  rest_ = 0;
  while (left > 0) {
    const RatePiece& piece = pieces_[piece_];
    const Wide room = Wide{(piece.until - next_).count()} * piece.bits_per_second;
    if (left <= room) {
      const Wide us = (left + piece.bits_per_second - 1) / piece.bits_per_second;
      rest_ = static_cast<std::int64_t>(us * piece.bits_per_second - left);
      next_ += Duration(static_cast<std::int64_t>(us));
      break;
    }
    left -= room;
    next_ = piece.until;
    // The last read of a plan may reach over its end by less than itself.
    if (++piece_ == pieces_.size()) break;
    next_ = std::max(next_, pieces_[piece_].from);
  }
  return begin;
}

std::int64_t Pace::step_bytes(Time now, std::int64_t most) const {
  if (pieces_.empty()) return most;
  const Time at = std::max(now, next_);
  auto piece = std::find_if(pieces_.begin(), pieces_.end(),
                            [&](const RatePiece& one) { return one.until > at; });
  if (piece == pieces_.end()) piece = std::prev(pieces_.end());
  constexpr std::int64_t least = 1024;
  constexpr std::int64_t parts_of_a_second = 20;
  return std::clamp(piece->bits_per_second / 8 / parts_of_a_second, least, most);
}

std::int64_t Pace::bytes_left(Time now) const {
  std::int64_t sum = 0;
  for (const RatePiece& piece : pieces_) sum += bytes_in(piece, std::max(now, next_), piece.until);
  return sum;
}

}  // namespace weir::mover
