// What comes, from what was: exact where days repeat, fading where today is another.
#include "flow/foresee.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"

namespace weir::flow::test {
namespace {

RC_GTEST_PROP(Foresee, days_that_repeat_go_on, (std::uint64_t seed)) {
  base::Random random{seed};
  const std::size_t day = 1 + random.below(30);
  std::vector<std::int64_t> one;
  for (std::size_t i = 0; i < day; ++i) one.push_back(random.between(-1'000'000, 1'000'000));
  std::vector<std::int64_t> past;
  for (std::size_t i = 0, count = day + random.below(10 * day); i < count; ++i) {
    past.push_back(one[i % day]);
  }
  const std::size_t ahead = random.below(3 * day);
  const auto next = foreseen(past, day, ahead);
  RC_ASSERT(next.size() == ahead);
  for (std::size_t i = 0; i < ahead; ++i) RC_ASSERT(next[i] == one[(past.size() + i) % day]);
}

TEST(Foresee, what_is_different_now_fades) {
  std::vector<std::int64_t> past(48, 1000);
  past.back() = 2000;
  const auto next = foreseen(past, 24, 4);
  EXPECT_EQ(next, (std::vector<std::int64_t>{1900, 1810, 1729, 1656}));
}

TEST(Foresee, nearer_days_weigh_more) {
  std::vector<std::int64_t> past;
  for (int d = 0; d < 2; ++d) past.insert(past.end(), 24, d == 0 ? 0 : 900);
  // Of the last day 5 parts, of the one before 4; and half a day's difference has faded.
  EXPECT_EQ(foreseen(past, 24, 200).back(), 500);
}

TEST(Foresee, of_less_than_a_day_only_the_last_is_known) {
  const std::vector<std::int64_t> past{7, 9};
  EXPECT_EQ(foreseen(past, 24, 3), (std::vector<std::int64_t>{9, 9, 9}));
}

}  // namespace
}  // namespace weir::flow::test
