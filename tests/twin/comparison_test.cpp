// The paired t against a worked example.
#include <gtest/gtest.h>

#include "twin/comparison.h"

namespace weir::twin {
namespace {

TEST(Comparison, the_interval_is_that_of_the_textbook) {
  // Student's own sleep data (1908), ten patients: mean 1.58, t(0.975, 9) = 2.2622, s = 1.2300.
  const std::vector<double> sleep{1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4};
  const Difference difference = difference_of(sleep);
  EXPECT_NEAR(difference.mean, 1.58, 1e-9);
  ASSERT_TRUE(difference.half_width.has_value());
  EXPECT_NEAR(*difference.half_width, 0.8799, 1e-4);
  EXPECT_TRUE(difference.certain());
}

TEST(Comparison, one_seed_gives_no_interval) {
  Figures first;
  first.scenario = "a";
  Figures second = first;
  second.scenario = "b";
  second.wait.mean_s = std::chrono::seconds(5);
  const Comparison comparison = compare({{first}, {second}});
  const MetricComparison& wait = comparison.metrics.front();
  EXPECT_EQ(wait.metric, "wait mean");
  ASSERT_TRUE(wait.scenarios[1].against_first.has_value());
  EXPECT_EQ(wait.scenarios[1].against_first->mean, 5);
  EXPECT_FALSE(wait.scenarios[1].against_first->half_width.has_value());
}

}  // namespace
}  // namespace weir::twin
