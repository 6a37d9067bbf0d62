#include "base/last_touched.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <vector>

#include "base/id.h"
#include "base/random.h"

namespace weir::base {
namespace {

using ThingId = Id<struct ThingTag>;

RC_GTEST_PROP(LastTouched, tells_what_was_touched_since, (std::uint64_t seed)) {
  Random random{seed};
  LastTouched<ThingId> things;
  std::map<ThingId, std::uint64_t> when;
  const std::uint64_t ids = 1 + random.below(30);
  std::uint64_t touches = 0;
  for (int i = 0; i < 300; ++i) {
    const ThingId id{1 + random.below(ids)};
    when[id] = ++touches;
    RC_ASSERT(things.touch(id) == touches);
    const std::uint64_t asked = random.below(touches + 2);
    std::map<std::uint64_t, ThingId, std::greater<>> expected;
    for (const auto& [thing, touch] : when) {
      if (touch > asked) expected.emplace(touch, thing);
    }
    std::vector<ThingId> found;
    RC_ASSERT(things.each_after(asked, [&](ThingId thing) {
      found.push_back(thing);
      return true;
    }));
    std::vector<ThingId> in_turn;
    for (const auto& [touch, thing] : expected) in_turn.push_back(thing);
    RC_ASSERT(found == in_turn);
  }
}

TEST(LastTouched, stops_when_told_to) {
  LastTouched<ThingId> things;
  (void)things.touch({1});
  (void)things.touch({2});
  std::vector<ThingId> found;
  EXPECT_FALSE(things.each_after(0, [&](ThingId thing) {
    found.push_back(thing);
    return false;
  }));
  EXPECT_EQ(found, std::vector<ThingId>{{2}});
  EXPECT_TRUE(things.each_after(2, [](ThingId) { return false; }));
}

}  // namespace
}  // namespace weir::base
