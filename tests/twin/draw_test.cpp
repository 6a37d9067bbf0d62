// Random quantities on whole numbers: near to what they stand for, and the same everywhere.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>

#include "twin/draw.h"

namespace weir::twin {
namespace {

RC_GTEST_PROP(Draw, logarithm_and_power_are_near_the_true_ones, (std::uint64_t value)) {
  RC_PRE(value > 0U);
  const std::int64_t log = log2_fixed(value);
  RC_ASSERT(std::abs(static_cast<double>(log) / 4294967296.0 -
                     std::log2(static_cast<double>(value))) < 1e-9);
  const std::uint64_t small = (value >> 8U) + 1;
  const double back = static_cast<double>(power_of_two(log2_fixed(small)));
  RC_ASSERT(std::abs(back - static_cast<double>(small)) <= 1.0 + static_cast<double>(small) * 1e-8);
}

TEST(Draw, exponential_times_have_their_mean_and_no_memory) {
  base::Random random{5};
  constexpr int many = 200'000;
  double sum = 0;
  int above = 0;
  for (int i = 0; i < many; ++i) {
    const base::Duration time = draw_exponential(random, std::chrono::seconds(100));
    sum += static_cast<double>(time.count()) / 1e6;
    if (time > std::chrono::seconds(200)) ++above;
  }
  EXPECT_NEAR(sum / many, 100, 1);
  EXPECT_NEAR(static_cast<double>(above) / many, std::exp(-2.0), 0.005);
}

TEST(Draw, orders_of_magnitude_are_equally_likely) {
  base::Random random{6};
  std::array<int, 3> decades{};
  for (int i = 0; i < 30'000; ++i) {
    const std::int64_t value = draw_log_uniform(random, 10, 9'999);
    ASSERT_GE(value, 10);
    ASSERT_LE(value, 9'999);
    ++decades[value < 100 ? 0 : value < 1000 ? 1 : 2];
  }
  for (const int decade : decades) EXPECT_NEAR(decade, 10'000, 400);
}

// What any machine and compiler must draw: a change here changes every fingerprint.
TEST(Draw, gives_these_very_numbers) {
  base::Random random{1};
  EXPECT_EQ(log2_fixed(1000), 42'802'717'581);
  EXPECT_EQ(power_of_two(42'802'717'582), 1000);
  EXPECT_EQ(draw_exponential(random, std::chrono::hours(1)).count(), 2'045'410'237);
  EXPECT_EQ(draw_log_uniform(random, 1, 1'000'000'000), 682'680);
}

}  // namespace
}  // namespace weir::twin
