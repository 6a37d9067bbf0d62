#include "base/id_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <vector>

#include "base/id.h"
#include "base/random.h"

namespace weir::base {
namespace {

using ThingId = Id<struct ThingTag>;

// Ids side by side, as they are given out, with holes; and some that are anywhere.
ThingId some_id(Random& random, std::uint64_t ids) {
  if (random.chance(1, 20)) return {random.below(UINT64_MAX)};
  if (random.chance(1, 50)) return {UINT64_MAX - random.below(600)};
  return {1000 + random.below(ids)};
}

RC_GTEST_PROP(IdSet, holds_what_an_ordered_set_holds, (std::uint64_t seed)) {
  Random random{seed};
  IdSet<ThingId> things;
  std::set<ThingId> expected;
  const std::uint64_t ids = 1 + random.below(5000);
  for (int i = 0; i < 2000; ++i) {
    const ThingId id = some_id(random, ids);
    if (random.chance(1, 2)) {
      RC_ASSERT(things.insert(id) == expected.insert(id).second);
    } else {
      const auto next = expected.lower_bound(id);
      const ThingId gone = next == expected.end() ? id : *next;
      RC_ASSERT(things.erase(gone) == expected.erase(gone));
    }
    const ThingId asked = some_id(random, ids);
    RC_ASSERT(things.contains(asked) == expected.contains(asked));
    const auto at = things.lower_bound(asked);
    const auto expected_at = expected.lower_bound(asked);
    RC_ASSERT((at == things.end()) == (expected_at == expected.end()));
    if (expected_at != expected.end()) RC_ASSERT(*at == *expected_at);
  }
  RC_ASSERT(things.size() == expected.size());
  RC_ASSERT(std::equal(things.begin(), things.end(), expected.begin(), expected.end()));
  RC_ASSERT(std::equal(things.rbegin(), things.rend(), expected.rbegin(), expected.rend()));
}

TEST(IdSet, is_empty_again) {
  IdSet<ThingId> things;
  EXPECT_TRUE(things.insert({7}));
  EXPECT_FALSE(things.insert({7}));
  EXPECT_EQ(things.erase({8}), 0U);
  EXPECT_EQ(things.erase({7}), 1U);
  EXPECT_TRUE(things.empty());
  EXPECT_EQ(things.begin(), things.end());
}

}  // namespace
}  // namespace weir::base
