#include "base/sorted_blocks.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <vector>

#include "base/random.h"

namespace weir::base {
namespace {

// Small values come and go often, so that blocks fill, split and empty.
RC_GTEST_PROP(SortedBlocks, holds_what_an_ordered_set_holds, (std::uint64_t seed)) {
  Random random{seed};
  SortedBlocks<std::uint64_t> blocks;
  std::set<std::uint64_t> expected;
  const std::uint64_t values = 1 + random.below(3000);
  for (int i = 0; i < 4000; ++i) {
    const std::uint64_t value = random.below(values);
    if (expected.insert(value).second) {
      blocks.insert(value);
    } else if (const std::uint64_t by = random.below(values);
               random.chance(1, 2) && (by == value || !expected.contains(by))) {
      expected.erase(value);
      expected.insert(by);
      blocks.replace(value, by);
    } else {
      expected.erase(value);
      blocks.erase(value);
    }
    const auto after = blocks.upper_bound(value);
    const auto expected_after = expected.upper_bound(value);
    RC_ASSERT((after == blocks.end()) == (expected_after == expected.end()));
    if (expected_after != expected.end()) RC_ASSERT(*after == *expected_after);
  }
  RC_ASSERT(blocks.size() == expected.size());
  RC_ASSERT(blocks.empty() == expected.empty());
  RC_ASSERT(std::equal(blocks.begin(), blocks.end(), expected.begin(), expected.end()));
  std::vector<std::uint64_t> walked;
  blocks.for_each([&](std::uint64_t value) {
    walked.push_back(value);
    return true;
  });
  RC_ASSERT(walked == std::vector<std::uint64_t>(expected.begin(), expected.end()));
}

TEST(SortedBlocks, holds_what_comes_in_order) {
  SortedBlocks<int> blocks;
  for (int i = 0; i < 100'000; ++i) blocks.insert(i);
  EXPECT_EQ(blocks.size(), 100'000U);
  int next = 0;
  for (const int value : blocks) EXPECT_EQ(value, next++);
}

TEST(SortedBlocks, walks_until_told_to_stop) {
  SortedBlocks<int> blocks;
  for (int i = 1000; i > 0; --i) blocks.insert(i);
  int last = 0;
  blocks.for_each([&](int value) {
    last = value;
    return value < 500;
  });
  EXPECT_EQ(last, 500);
}

}  // namespace
}  // namespace weir::base
