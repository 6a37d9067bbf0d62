#include "base/random.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

using namespace weir::base;

// The reference program's outputs (Vigna, splitmix64.c).
TEST(Random, gives_the_published_numbers) {
  Random random{1234567};
  const std::array<std::uint64_t, 5> expected{6457827717110365317U, 3203168211198807973U,
                                              9817491932198370423U, 4593380528125082431U,
                                              16408922859458223821U};
  for (const std::uint64_t number : expected) EXPECT_EQ(random.next(), number);
}

RC_GTEST_PROP(Random, stays_inside_its_bounds, (std::uint64_t seed)) {
  Random random{seed};
  const auto limit = *rc::gen::nonZero<std::uint64_t>();
  RC_ASSERT(random.below(limit) < limit);
  RC_ASSERT(random.below(1) == 0U);
  const auto a = *rc::gen::arbitrary<std::int64_t>();
  const auto b = *rc::gen::arbitrary<std::int64_t>();
  const auto drawn = random.between(std::min(a, b), std::max(a, b));
  RC_ASSERT(drawn >= std::min(a, b) && drawn <= std::max(a, b));
  RC_ASSERT(random.between(a, a) == a);
  (void)random.between(INT64_MIN, INT64_MAX);
  RC_ASSERT(!random.chance(0, 7));
  RC_ASSERT(random.chance(7, 7));
}

TEST(Random, draws_each_number_about_equally_often) {
  Random random{7};
  std::array<int, 6> seen{};
  for (int i = 0; i < 60'000; ++i) ++seen[random.below(6)];
  for (const int count : seen) EXPECT_NEAR(count, 10'000, 400);  // four standard deviations
  int hits = 0;
  for (int i = 0; i < 60'000; ++i) hits += random.chance(1, 3) ? 1 : 0;
  EXPECT_NEAR(hits, 20'000, 470);
}

// A limit just over half of 2^64: without the second draw, the small half would come twice as
// often.
TEST(Random, is_not_biased_by_a_limit_that_does_not_divide) {
  Random random{3};
  const std::uint64_t limit = (std::uint64_t{1} << 63) + (std::uint64_t{1} << 62);
  int small = 0;
  for (int i = 0; i < 30'000; ++i) small += random.below(limit) < limit / 3 ? 1 : 0;
  EXPECT_NEAR(small, 10'000, 330);
}

RC_GTEST_PROP(Random, shuffles_without_losing_anything, (std::uint64_t seed)) {
  std::vector<int> items(static_cast<std::size_t>(*rc::gen::inRange(0, 50)));
  std::iota(items.begin(), items.end(), 0);
  std::vector<int> shuffled = items;
  Random random{seed};
  random.shuffle(std::span(shuffled));
  std::sort(shuffled.begin(), shuffled.end());
  RC_ASSERT(shuffled == items);
}

TEST(Random, shuffles_the_same_on_every_machine) {
  std::vector<int> items{0, 1, 2, 3, 4, 5, 6, 7};
  Random random{42};
  random.shuffle(std::span(items));
  std::vector<int> again{0, 1, 2, 3, 4, 5, 6, 7};
  Random same{42};
  same.shuffle(std::span(again));
  EXPECT_EQ(items, again);
  EXPECT_EQ(items, (std::vector<int>{3, 1, 6, 2, 4, 0, 7, 5}));
}

TEST(Random, forks_into_another_row_of_numbers) {
  Random one{5};
  Random two = one.fork();
  EXPECT_NE(one, two);
  EXPECT_NE(one.next(), two.next());
}
