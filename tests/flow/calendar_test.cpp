// Bandwidth given ahead of time: never more than there is, all of what is wanted, as early as can
// be.
#include "flow/calendar.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.h"

namespace weir::flow::test {
namespace {

using base::Duration;
using base::Time;

constexpr Time at(std::int64_t us) { return base::time_from_us(us); }

// A rate in bits a microsecond, so that a microsecond is a moment.
constexpr std::int64_t unit = 1'000'000;

RC_GTEST_PROP(Calendar, gives_no_more_than_there_is_and_all_that_is_wanted, (std::uint64_t seed)) {
  base::Random random{seed};
  constexpr std::size_t moments = 800;
  std::array<LinkCalendar, 3> links{LinkCalendar{10 * unit, 0}, LinkCalendar{8 * unit, 50},
                                    LinkCalendar{5 * unit, 20}};
  std::array<std::array<std::int64_t, moments>, 3> given{};
  std::vector<std::pair<TransferPlan, std::vector<std::size_t>>> plans;
  for (int round = 0; round < 12; ++round) {
    if (!plans.empty() && random.chance(1, 4)) {
      const auto& [plan, way] = plans.back();
      for (const std::size_t link : way) {
        for (const RatePiece& piece : plan.pieces) {
          links[link].give_back(piece);
          for (Time t = piece.span.from; t < piece.span.until; t += Duration(1)) {
            given[link][static_cast<std::size_t>(base::to_us(t))] -= piece.bits_per_second;
          }
        }
      }
      plans.pop_back();
      continue;
    }
    std::vector<std::size_t> way{random.below(3)};
    if (random.chance(1, 2)) way.push_back((way[0] + 1) % 3);
    std::vector<const LinkCalendar*> calendars;
    for (const std::size_t link : way) calendars.push_back(&links[link]);
    const std::int64_t bytes = random.between(1, 12);
    const Time from = at(random.between(0, 40));
    std::optional<std::int64_t> most;
    if (random.chance(1, 3)) most = unit * random.between(1, 6);
    // Moment by moment; what is left at the end of one may take less than all of it.
    std::int64_t left = bytes * 8 * unit;
    Time end = from;
    while (left > 0) {
      std::int64_t rate = most.value_or(100 * unit);
      for (const std::size_t link : way) {
        rate = std::min(
            rate, links[link].room() - given[link][static_cast<std::size_t>(base::to_us(end))]);
      }
      left -= rate;
      end += Duration(1);
    }
    const auto plan = plan_transfer(calendars, bytes, from, std::nullopt, most);
    RC_ASSERT(plan.has_value());
    RC_ASSERT(plan->end() == end);
    RC_ASSERT(plan_transfer(calendars, bytes, from, end, most).has_value());
    RC_ASSERT(!plan_transfer(calendars, bytes, from, end - Duration(1), most).has_value());
    __int128 bits = 0;
    for (const RatePiece& piece : plan->pieces) {
      bits += static_cast<__int128>(piece.bits_per_second) *
              (piece.span.until - piece.span.from).count();
      for (const std::size_t link : way) {
        links[link].take(piece);
        for (Time t = piece.span.from; t < piece.span.until; t += Duration(1)) {
          given[link][static_cast<std::size_t>(base::to_us(t))] += piece.bits_per_second;
        }
      }
    }
    RC_ASSERT(bits >= static_cast<__int128>(bytes) * 8 * unit);
    for (std::size_t link = 0; link < links.size(); ++link) {
      for (std::size_t moment = 0; moment < moments; ++moment) {
        RC_ASSERT(given[link][moment] >= 0);
        RC_ASSERT(links[link].free_at(at(static_cast<std::int64_t>(moment))) ==
                  links[link].room() - given[link][moment]);
      }
    }
    plans.emplace_back(*plan, way);
  }
}

TEST(Calendar, a_relay_goes_as_its_slower_leg_lets_it) {
  LinkCalendar first(8'000'000, 0);
  const LinkCalendar second(4'000'000, 0);
  const std::array<const LinkCalendar*, 2> way{&first, &second};
  // A megabyte at half a megabyte a second; for a second the first leg has nothing left.
  first.take({{at(0), at(1'000'000)}, 8'000'000});
  const auto plan = plan_transfer(way, 1'000'000, at(0));
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->pieces, (std::vector<RatePiece>{{{at(1'000'000), at(3'000'000)}, 4'000'000}}));
  first.forget_before(at(500'000));
  EXPECT_EQ(first.free_at(at(600'000)), 0);
}

}  // namespace
}  // namespace weir::flow::test
