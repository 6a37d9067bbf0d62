// Links shared by fluids: fair at each moment, and at the right microsecond.
#include "flow/sharing.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "base/random.h"

namespace weir::flow::test {
namespace {

using base::Duration;
using base::Time;

constexpr Time at(std::int64_t us) { return base::time_from_us(us); }
constexpr std::int64_t mega = 1'000'000;

// A link in megabits a second: a bit a microsecond each.
SharedLink link(std::int64_t megabits, std::int64_t latency_us = 0) {
  return {megabits * mega, Duration(latency_us)};
}

// Bertsekas & Gallager, 6.5.2: rates are max-min fair if and only if each crosses a full link on
// which nobody has more. Here per weight, and to what rounding leaves over.
RC_GTEST_PROP(Sharing, everybody_is_held_back_by_a_full_link_on_which_nobody_has_more,
              (std::uint64_t seed)) {
  base::Random random{seed};
  std::vector<SharedLink> links(1 + random.below(7));
  for (SharedLink& each : links) each = {random.between(20, 1000), Duration(0)};
  std::vector<Transfer> transfers(1 + random.below(12));
  for (Transfer& each : transfers) {
    std::vector<std::size_t> numbers(links.size());
    std::iota(numbers.begin(), numbers.end(), std::size_t{0});
    random.shuffle(std::span(numbers));
    numbers.resize(1 + random.below(links.size()));
    each.route = numbers;
    if (random.chance(1, 2)) each.weight = static_cast<std::uint32_t>(random.between(1, 20));
  }
  std::vector<std::size_t> moving;
  for (std::size_t i = 0; i < transfers.size(); ++i) {
    if (random.chance(5, 6)) moving.push_back(i);
  }
  const std::vector<FineRate> rates = fair_rates(links, transfers, moving);
  RC_ASSERT(rates.size() == moving.size());
  std::vector<FineRate> given(links.size(), 0);
  for (std::size_t i = 0; i < moving.size(); ++i) {
    for (const std::size_t each : transfers[moving[i]].route) given[each] += rates[i];
  }
  const auto all = [&](std::size_t each) {
    return static_cast<FineRate>(links[each].bits_per_second) * fine_rates_per_bit;
  };
  for (std::size_t each = 0; each < links.size(); ++each) RC_ASSERT(given[each] <= all(each));
  // One for each rounded rate.
  const auto rounding = static_cast<FineRate>(moving.size()) * 20;
  for (std::size_t i = 0; i < moving.size(); ++i) {
    const Transfer& mine = transfers[moving[i]];
    const bool held = std::ranges::any_of(mine.route, [&](std::size_t each) {
      if (given[each] + rounding < all(each)) return false;
      for (std::size_t k = 0; k < moving.size(); ++k) {
        const Transfer& other = transfers[moving[k]];
        if (std::ranges::count(other.route, each) == 0) continue;
        if (rates[k] * mine.weight > rates[i] * other.weight + rounding * 20) return false;
      }
      return true;
    });
    RC_ASSERT(held);
  }
}

// Known without rates: on one link who has least to move is done first, and n that move alike each
// take n times as long. In order of size, the k-th ends when n - k + 1 have moved what it has more
// than the one before.
RC_GTEST_PROP(Sharing, one_link_is_shared_as_by_a_processor, (std::uint64_t seed)) {
  base::Random random{seed};
  std::vector<Transfer> transfers(1 + random.below(10));
  const std::array<SharedLink, 1> links{link(8, 250)};  // a byte a microsecond
  for (Transfer& each : transfers) each = {at(0), random.between(0, 100'000), {0}, 1, {}};
  std::vector<std::size_t> order(transfers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return transfers[i].bytes; });
  const std::vector<Time> ends = ends_of(links, transfers);
  std::int64_t expected = 250;
  std::int64_t moved = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const std::int64_t bytes = transfers[order[k]].bytes;
    expected += (bytes - moved) * static_cast<std::int64_t>(order.size() - k);
    moved = bytes;
    const std::int64_t off = base::to_us(ends[order[k]]) - expected;
    RC_ASSERT(off >= 0 && off <= static_cast<std::int64_t>(order.size()));
  }
}

TEST(Sharing, gives_what_one_cannot_use_to_others) {
  // 10 on the first, 4 on the second link. One crosses both, two others the second, one the first.
  // The second is full first, at 4/3 each; the first leaves 10 - 4/3 to the one that is alone
  // there.
  const std::array<SharedLink, 2> links{link(10), link(4)};
  const std::vector<Transfer> transfers{
      {{}, 1, {0, 1}, 1, {}}, {{}, 1, {1}, 1, {}}, {{}, 1, {1}, 1, {}}, {{}, 1, {0}, 1, {}}};
  const std::vector<std::size_t> moving{0, 1, 2, 3};
  const FineRate third = FineRate{4} * mega * fine_rates_per_bit / 3;
  const FineRate rest = FineRate{10} * mega * fine_rates_per_bit - third;
  EXPECT_TRUE(fair_rates(links, transfers, moving) ==
              (std::vector<FineRate>{third, third, third, rest}));
}

TEST(Sharing, changes_rates_when_one_begins_and_when_one_ends) {
  // 8 megabits: a byte a microsecond. The first moves from 100 on, alone for 1000, then beside the
  // second: 4000 - 1000 = 3000 left at half the rate. The second's 1000 take 2000: until 3100. Then
  // the first has 2000 left, alone again: until 5100.
  const std::array<SharedLink, 1> links{link(8, 100)};
  const std::vector<Transfer> transfers{{at(0), 4000, {0}, 1, {}}, {at(1000), 1000, {0}, 1, {}}};
  EXPECT_EQ(ends_of(links, transfers), (std::vector<Time>{at(5100), at(3100)}));
}

TEST(Sharing, gives_by_weight) {
  // 3 to 1: 6 and 2 megabits. 6000 bytes take 8000 us, by when the other has 2000 of 4000: 2000
  // more.
  const std::array<SharedLink, 1> links{link(8)};
  const std::vector<Transfer> transfers{{at(0), 6000, {0}, 3, {}}, {at(0), 4000, {0}, 1, {}}};
  EXPECT_EQ(ends_of(links, transfers), (std::vector<Time>{at(8000), at(10'000)}));
}

TEST(Sharing, begins_after_those_it_waits_for_and_pays_its_own_latency) {
  // 1000 bytes: 100 + 1000. Nowhere to go: at once. Behind both, from 2000 on, over the second
  // link: 2000 + 50 + 500. Nothing to move: latency alone.
  const std::array<SharedLink, 2> links{link(8, 100), link(16, 50)};
  const std::vector<Transfer> transfers{{at(0), 1000, {0}, 1, {}},
                                        {at(7), 1000, {}, 1, {}},
                                        {at(2000), 1000, {1}, 1, {0, 1}},
                                        {at(0), 0, {1}, 1, {0}}};
  EXPECT_EQ(ends_of(links, transfers), (std::vector<Time>{at(1100), at(7), at(2550), at(1150)}));
}

}  // namespace
}  // namespace weir::flow::test
