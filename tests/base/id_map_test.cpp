#include "base/id_map.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/random.h"
#include "base/wire.h"

namespace weir::base {
namespace {

using ThingId = Id<struct ThingTag>;
using Things = IdMap<ThingId, std::string>;
using Expected = std::map<ThingId, std::string>;

static_assert(MapValue<Things>);

// Ids side by side, as they are given out, with holes; and some that are anywhere.
ThingId some_id(Random& random, std::uint64_t ids) {
  if (random.chance(1, 20)) return {random.below(UINT64_MAX)};
  if (random.chance(1, 50)) return {UINT64_MAX - random.below(70)};
  return {1000 + random.below(ids)};
}

void change(Random& random, std::uint64_t ids, Things& things, Expected& expected) {
  const ThingId id = some_id(random, ids);
  const std::string text = std::to_string(random.below(1000));
  switch (random.below(4)) {
    case 0:
      RC_ASSERT(things.emplace(id, text).second == expected.emplace(id, text).second);
      break;
    case 1:
      things[id] = text;
      expected[id] = text;
      break;
    default: {
      // What is there goes as often as it comes.
      const auto next = expected.lower_bound(id);
      const ThingId gone = next == expected.end() ? id : next->first;
      RC_ASSERT(things.erase(gone) == expected.erase(gone));
    }
  }
}

void check_same(const Things& things, const Expected& expected) {
  RC_ASSERT(things.size() == expected.size());
  RC_ASSERT(things.empty() == expected.empty());
  RC_ASSERT(std::equal(things.begin(), things.end(), expected.begin(), expected.end()));
  RC_ASSERT(std::equal(std::make_reverse_iterator(things.end()),
                       std::make_reverse_iterator(things.begin()), expected.rbegin(),
                       expected.rend()));
  RC_ASSERT(to_wire(things) == to_wire(expected));
}

RC_GTEST_PROP(IdMap, holds_what_an_ordered_map_holds, (std::uint64_t seed)) {
  Random random{seed};
  Things things;
  Expected expected;
  const std::uint64_t ids = 1 + random.below(2000);
  for (int i = 0; i < 1500; ++i) {
    change(random, ids, things, expected);
    const ThingId asked = some_id(random, ids);
    const auto at = expected.find(asked);
    RC_ASSERT(things.contains(asked) == (at != expected.end()));
    RC_ASSERT((things.find(asked) == things.end()) == (at == expected.end()));
    if (at != expected.end()) {
      RC_ASSERT(things.at(asked) == at->second);
      RC_ASSERT(things.find(asked)->second == at->second);
    }
  }
  check_same(things, expected);
  const Things copy = things;
  RC_ASSERT(copy == things);
  RC_ASSERT(from_wire<Things>(to_wire(things)) == things);
  while (!things.empty()) things.erase(things.begin());
  check_same(copy, expected);
}

TEST(IdMap, leaves_values_where_they_are) {
  Things things;
  const std::string* const first = &things.emplace({500}, "first").first->second;
  for (std::uint64_t id = 1; id < 5000; ++id) things[{id}] += "x";
  for (std::uint64_t id = 1; id < 5000; ++id) {
    if (id != 500) things.erase({id});
  }
  EXPECT_EQ(&things.at({500}), first);
  EXPECT_EQ(*first, "firstx");
  EXPECT_EQ(things.size(), 1U);
}

}  // namespace
}  // namespace weir::base
