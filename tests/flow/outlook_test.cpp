// What is known of a value in time: sums are those of all moments, and what comes after is what
// was.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "flow/outlook.h"

namespace weir::flow::test {
namespace {

using base::Duration;
using base::Time;

constexpr Time at(std::int64_t us) { return base::time_from_us(us); }

model::Series any_series(base::Random& random) {
  model::Series series;
  series.start = at(random.between(-20, 20));
  series.step = Duration(random.between(1, 5));
  const auto count = 1 + random.below(8);
  for (std::uint64_t i = 0; i < count; ++i) series.values.push_back(random.between(-9, 99));
  if (random.chance(1, 2)) {
    series.repeats = series.step * static_cast<std::int64_t>(1 + random.below(count));
  }
  return series;
}

// The value of one moment, by going back one cycle after the other.
std::int64_t value_of(const model::Series& series, Time known_until, Duration cycle, Time time) {
  while (cycle > Duration(0) && time >= known_until) time -= cycle;
  const auto steps = static_cast<std::int64_t>(series.values.size());
  const std::int64_t index = time < series.start ? 0 : (time - series.start) / series.step;
  return series.values[static_cast<std::size_t>(std::min(index, steps - 1))];
}

RC_GTEST_PROP(Outlook, a_sum_is_that_of_all_its_moments, (std::uint64_t seed)) {
  base::Random random{seed};
  const model::Series series = any_series(random);
  RC_ASSERT(check_series(series).has_value());
  const Steps steps(series);
  const bool forecast = random.chance(1, 2);
  const Time known_until = forecast ? at(random.between(-10, 50)) : steps.end();
  const Duration cycle =
      forecast ? Duration(random.between(1, 12)) : series.repeats.value_or(Duration(0));
  const Outlook outlook = forecast ? Outlook(steps, known_until, cycle) : Outlook(steps);
  const Time from = at(random.between(-40, 80));
  const Time until = from + Duration(random.between(0, 60));
  Sum sum = 0;
  for (Time time = from; time < until; time += Duration(1)) {
    const std::int64_t value = value_of(series, known_until, cycle, time);
    RC_ASSERT(outlook.at(time) == value);
    sum += value;
    // Nothing changes but at a change.
    const Time change = outlook.next_change(time);
    RC_ASSERT(change > time);
    for (Time same = time; same < change && same < until; same += Duration(1)) {
      RC_ASSERT(outlook.at(same) == value);
    }
  }
  RC_ASSERT(outlook.sum(from, until) == sum);
}

TEST(Outlook, says_until_when_it_knows) {
  model::Series series;
  series.values = {3, 4};
  const Steps told(series);
  EXPECT_EQ(Outlook(told).ends(), base::Time(std::chrono::hours(2)));
  series.repeats = std::chrono::hours(2);
  const Steps again(series);
  EXPECT_FALSE(Outlook(again).ends().has_value());
}

TEST(Outlook, a_series_that_cannot_be_is_refused_with_its_field) {
  model::Series series;
  EXPECT_EQ(check_series(series).error().field, "values");
  series.values = {1, 2, 3};
  EXPECT_TRUE(check_series(series).has_value());
  series.step = Duration(0);
  EXPECT_EQ(check_series(series).error().field, "step");
  series.step = std::chrono::hours(1);
  series.repeats = std::chrono::hours(4);
  const auto error = check_series(series).error();
  EXPECT_EQ(error.field, "repeats");
  EXPECT_EQ(error.hint, "3h");
}

}  // namespace
}  // namespace weir::flow::test
