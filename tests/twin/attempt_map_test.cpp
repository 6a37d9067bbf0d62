#include "twin/attempt_map.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "base/random.h"

namespace weir::twin {
namespace {

using model::AttemptKey;

AttemptKey some_key(base::Random& random) {
  return {{1 + random.below(100)},
          static_cast<std::uint32_t>(random.below(3)),
          static_cast<std::uint32_t>(1 + random.below(3))};
}

void check_same(AttemptMap<int>& attempts, const std::map<AttemptKey, int>& expected) {
  std::vector<std::pair<AttemptKey, int>> walked;
  attempts.for_each([&](const AttemptKey& key, int value) { walked.emplace_back(key, value); });
  RC_ASSERT(attempts.size() == expected.size());
  RC_ASSERT(std::equal(
      walked.begin(), walked.end(), expected.begin(), expected.end(),
      [](const auto& a, const auto& b) { return a.first == b.first && a.second == b.second; }));
}

RC_GTEST_PROP(AttemptMap, holds_what_an_ordered_map_holds, (std::uint64_t seed)) {
  base::Random random{seed};
  AttemptMap<int> attempts;
  std::map<AttemptKey, int> expected;
  for (int i = 0; i < 500; ++i) {
    const AttemptKey key = some_key(random);
    const auto at = expected.find(key);
    const int* found = attempts.find(key);
    RC_ASSERT((found != nullptr) == (at != expected.end()));
    if (found != nullptr) RC_ASSERT(*found == at->second);
    if (found == nullptr) {
      RC_ASSERT(attempts.add(key, i).key == key);
      expected.emplace(key, i);
    } else {
      attempts.erase(key);
      expected.erase(key);
    }
  }
  check_same(attempts, expected);
  const auto is_first_task = [](const AttemptKey& key) { return key.task == 0; };
  attempts.erase_if(is_first_task);
  std::erase_if(expected, [&](const auto& entry) { return is_first_task(entry.first); });
  check_same(attempts, expected);
}

}  // namespace
}  // namespace weir::twin
