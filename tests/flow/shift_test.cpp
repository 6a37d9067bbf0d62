// When work that may wait is run: never dearer than any other choice, by trying all of them.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "flow/shift.h"

namespace weir::flow::test {
namespace {

using base::Duration;
using base::Time;

constexpr Time at(std::int64_t us) { return base::time_from_us(us); }

struct World {
  model::Series series;
  Time earliest;
  Time latest;
  Duration length;
  Patience patience;
};

World any_world(std::uint64_t seed) {
  base::Random random{seed};
  World world;
  world.series.start = at(random.between(-5, 5));
  world.series.step = Duration(random.between(1, 4));
  const auto count = 1 + random.below(8);
  for (std::uint64_t i = 0; i < count; ++i) {
    world.series.values.push_back(random.between(0, 6));
  }
  if (random.chance(1, 2)) {
    world.series.repeats = world.series.step * static_cast<std::int64_t>(1 + random.below(count));
  }
  world.earliest = at(random.between(-8, 20));
  world.length = Duration(random.between(1, 7));
  world.latest = world.earliest + Duration(random.between(0, 9));
  if (random.chance(1, 2)) world.patience.waiting = random.between(0, 4);
  return world;
}

RC_GTEST_PROP(Shift, no_start_is_cheaper_and_no_equal_one_earlier, (std::uint64_t seed)) {
  const World world = any_world(seed);
  const Steps steps(world.series);
  const Outlook outlook(steps);
  const auto cost = [&](Time start) {
    return outlook.sum(start, start + world.length) +
           static_cast<Sum>(world.patience.waiting) * (start - world.earliest).count();
  };
  const Time best =
      cheapest_start(outlook, world.earliest, world.latest, world.length, world.patience);
  RC_ASSERT(best >= world.earliest);
  RC_ASSERT(best <= world.latest);
  for (Time start = world.earliest; start <= world.latest; start += Duration(1)) {
    RC_ASSERT(cost(start) >= cost(best));
    if (start < best) RC_ASSERT(cost(start) > cost(best));
  }
}

// Every set of moments, where the window is short enough to try them all.
RC_GTEST_PROP(Shift, no_other_moments_are_cheaper, (std::uint64_t seed)) {
  const World world = any_world(seed);
  const Steps steps(world.series);
  const Outlook outlook(steps);
  const Span window{world.earliest, world.latest + world.length};
  const std::vector<Span> spans = cheapest_spans(outlook, window, world.length, world.patience);
  Duration together{};
  Time last = window.from;
  for (const Span& span : spans) {
    RC_ASSERT(span.from >= last);
    RC_ASSERT(span.from < span.until);
    last = span.until;
    together += span.until - span.from;
  }
  RC_ASSERT(last <= window.until);
  RC_ASSERT(together == world.length);
  const auto whole = [&](Sum running, Time end) {
    return running + static_cast<Sum>(world.patience.waiting) * (end - window.from).count();
  };
  const Sum cost = whole(cost_of(outlook, spans), last);
  const auto moments = static_cast<unsigned>((window.until - window.from).count());
  for (unsigned chosen = 1; chosen < 1U << moments; ++chosen) {
    if (__builtin_popcount(chosen) != world.length.count()) continue;
    Sum running = 0;
    Time end = window.from;
    for (unsigned i = 0; i < moments; ++i) {
      if ((chosen >> i & 1U) == 0) continue;
      const Time moment = window.from + Duration(i);
      running += outlook.at(moment);
      end = moment + Duration(1);
    }
    RC_ASSERT(whole(running, end) >= cost);
  }
}

// The three rules on one day: 6 hours of work that may wait for 6 hours.
TEST(Shift, waits_for_the_cheapest_hours) {
  model::Series series;
  series.values = {5, 5, 4, 1, 2, 6, 1, 1, 9, 9, 9, 9};
  const Steps steps(series);
  const Outlook outlook(steps);
  const auto hour = [](int hours) { return Time(std::chrono::hours(hours)); };
  const Duration six = std::chrono::hours(6);
  const auto in_hours = [](Sum sum) { return static_cast<int>(sum / 3'600'000'000); };
  EXPECT_EQ(in_hours(outlook.sum(hour(0), hour(6))), 23);
  const Time start = cheapest_start(outlook, hour(0), hour(6), six);
  EXPECT_EQ(start, hour(2));
  EXPECT_EQ(in_hours(outlook.sum(start, start + six)), 15);
  const std::vector<Span> spans = cheapest_spans(outlook, {hour(0), hour(12)}, six);
  EXPECT_EQ(spans, (std::vector<Span>{{hour(0), hour(1)}, {hour(2), hour(5)}, {hour(6), hour(8)}}));
  EXPECT_EQ(in_hours(cost_of(outlook, spans)), 14);
  // Where waiting weighs as much as the dearest hour, nobody waits.
  EXPECT_EQ(cheapest_start(outlook, hour(0), hour(6), six, {9}), hour(0));
  EXPECT_EQ(cheapest_spans(outlook, {hour(0), hour(12)}, six, {9}),
            (std::vector<Span>{{hour(0), hour(6)}}));
}

}  // namespace
}  // namespace weir::flow::test
