// The pace: never above the plan's rate, and never behind it for a reader that keeps up.
#include "mover/pace.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"

namespace weir::mover::test {
namespace {

using base::Duration;
using base::Time;

constexpr Time at(std::int64_t us) { return base::time_from_us(us); }

std::vector<RatePiece> any_pieces(base::Random& random) {
  std::vector<RatePiece> pieces;
  Time end = at(random.between(0, 1'000'000));
  for (std::uint64_t i = 0; i < 1 + random.below(4); ++i) {
    const Time from = end + Duration(random.chance(1, 2) ? random.between(0, 3'000'000) : 0);
    end = from + Duration(random.between(1, 4'000'000));
    pieces.push_back({from, end, random.between(8, 80'000'000)});
  }
  return pieces;
}

// Bits times microseconds a second that the plan has up to a moment.
__int128 room_until(const std::vector<RatePiece>& pieces, Time until) {
  __int128 room = 0;
  for (const RatePiece& piece : pieces) {
    const Duration span = std::min(piece.until, until) - piece.from;
    if (span > Duration(0)) room += __int128{span.count()} * piece.bits_per_second;
  }
  return room;
}
__int128 needed(std::int64_t bytes) { return __int128{bytes} * 8 * 1'000'000; }

// A reader that reads as soon as it may, with sleeps that are a little too long.
RC_GTEST_PROP(Pace, keeps_to_the_plan, (std::uint64_t seed)) {
  base::Random random{seed};
  const std::vector<RatePiece> pieces = any_pieces(random);
  RC_ASSERT(check_pieces(pieces).has_value());
  Pace pace(pieces);
  Time now = at(0);
  std::int64_t read = 0;
  std::int64_t step = 0;
  for (int reads = 0; reads < 3000; ++reads) {
    step = random.between(1, pace.step_bytes(now, 262'144));
    const auto begin = pace.take(step, now);
    if (!begin) break;
    now = std::max(now, *begin) + Duration(random.between(0, 20'000));
    // What was read before this step had its room by now: the step itself may just begin.
    RC_ASSERT(needed(read) <= room_until(pieces, *begin) + 8 * 1'000'000);
    RC_ASSERT(room_until(pieces, *begin) < room_until(pieces, *begin + Duration(1)));
    read += step;
  }
  // All of the plan was used but for what one late look can lose.
  if (now >= pieces.back().until) {
    RC_ASSERT(needed(read + step) >= room_until(pieces, pieces.back().until));
  }
}

TEST(Pace, loses_what_nobody_read) {
  Pace pace({{at(0), at(10'000'000), 8'000'000}});  // a million bytes a second
  EXPECT_EQ(pace.take(1000, at(0)), at(0));
  EXPECT_EQ(pace.take(1000, at(0)), at(1000));
  // Five seconds later only a fifth of a second is caught up.
  std::int64_t at_once = 0;
  while (*pace.take(1000, at(5'000'000)) <= at(5'000'000)) at_once += 1000;
  EXPECT_NEAR(static_cast<double>(at_once), 200'000, 1000);
}

TEST(Pace, waits_for_the_first_piece_and_ends_with_the_last) {
  Pace pace({{at(100), at(200), 8'000'000}, {at(500), at(600), 80'000'000}});
  EXPECT_EQ(pace.bytes_left(at(0)), 1100);
  EXPECT_EQ(pace.take(100, at(0)), at(100));
  EXPECT_EQ(pace.take(10, at(0)), at(500));
  EXPECT_EQ(pace.take(990, at(501)), at(501));
  EXPECT_EQ(pace.take(1, at(599)), std::nullopt);
}

TEST(Pace, without_pieces_is_no_limit) {
  Pace pace({});
  EXPECT_EQ(pace.take(std::int64_t{1} << 40, at(7)), at(7));
  EXPECT_EQ(pace.step_bytes(at(7), 1000), 1000);
}

TEST(Pace, refuses_plans_that_cannot_be) {
  EXPECT_FALSE(check_pieces({{at(5), at(5), 100}}));
  EXPECT_FALSE(check_pieces({{at(0), at(5), 7}}));
  const auto overlap = check_pieces({{at(0), at(5), 100}, {at(4), at(9), 100}});
  ASSERT_FALSE(overlap);
  EXPECT_EQ(overlap.error().field, "fetching.pieces[1].from");
}

}  // namespace
}  // namespace weir::mover::test
