// All-reduces by rings, and what they make of a step of training: worked by hand.
#include "flow/collective.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.h"

namespace weir::flow::test {
namespace {

using base::Duration;
using base::Time;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

constexpr Time at(std::int64_t us) { return base::time_from_us(us); }
constexpr std::int64_t gigabit = 1'000'000'000;

TEST(AllReduce, takes_what_the_ring_formula_says) {
  // 4 members, 1 GB, 10 Gbit/s, 30 ms: 2 × 3/4 × 8 Gbit / 10 Gbit/s = 1.2 s, and 6 × 30 ms.
  AllReduce ring{1'000'000'000, 4, 10 * gigabit, 30ms, {}};
  EXPECT_EQ(all_reduce_time(ring), 1380ms);
  // A tree's depth instead: 2 × log2 4 = 4 waits.
  ring.latency_steps = 4;
  EXPECT_EQ(all_reduce_time(ring), 1320ms);
  // Alone there is nothing to do.
  ring.members = 1;
  EXPECT_EQ(all_reduce_time(ring), 0ms);
  // 3 members, a byte, a bit a microsecond: 2 × 2/3 × 8 = 10 2/3 us, rounded up.
  EXPECT_EQ(all_reduce_time({1, 3, 1'000'000, 0ms, {}}), 11us);
}

TEST(CoupledStep, is_stretched_by_what_nothing_is_computed_beside) {
  // A step of 2 s, an all-reduce of 1.38 s after each: 3.38 s, 1.69 times as long.
  CoupledStep step{2s, {1'000'000'000, 4, 10 * gigabit, 30ms, {}}, 1, 0};
  EXPECT_EQ(stretched(step), (StretchedStep{3380ms, 1380ms, 1'690'000}));
  // Beside half of the computation: 1.38 - 1 = 0.38 s are left.
  step.overlap_millionths = 500'000;
  EXPECT_EQ(stretched(step), (StretchedStep{2380ms, 380ms, 1'190'000}));
  // After each tenth step: 0.38 s over 10 steps of 2 s, 1.9%.
  step.every = 10;
  EXPECT_EQ(stretched(step), (StretchedStep{2038ms, 380ms, 1'019'000}));
  // Beside one whole step and more: nothing shows.
  step.overlap_millionths = 1'000'000;
  EXPECT_EQ(stretched(step), (StretchedStep{2s, 0ms, 1'000'000}));
  // Seven steps of 2 s and 1.38 s: 15.38 s over 7 is 2.197142857... s.
  step.every = 7;
  step.overlap_millionths = 0;
  EXPECT_EQ(stretched(step), (StretchedStep{2'197'143us, 1380ms, 1'098'572}));
}

RC_GTEST_PROP(CoupledStep, is_never_longer_with_a_better_network_or_fewer_sums,
              (std::uint64_t seed)) {
  base::Random random{seed};
  CoupledStep step;
  step.compute = Duration(random.between(1, 10'000'000));
  step.every = static_cast<std::uint32_t>(random.between(1, 500));
  step.overlap_millionths =
      static_cast<std::uint32_t>(random.below(std::uint64_t{step.every} * 1'000'000 + 1));
  step.all_reduce = {random.between(0, 1'000'000'000'000),
                     static_cast<std::uint32_t>(random.between(1, 64)),
                     random.between(1'000'000, 400 * gigabit),
                     Duration(random.between(0, 300'000)),
                     {}};
  const StretchedStep as_is = stretched(step);
  RC_ASSERT(as_is.step >= step.compute);
  RC_ASSERT(as_is.slow_down_millionths >= 1'000'000);
  RC_ASSERT(as_is.exposed <= all_reduce_time(step.all_reduce));
  CoupledStep better = step;
  switch (random.below(5)) {
    case 0:
      better.all_reduce.bits_per_second += random.between(0, gigabit);
      break;
    case 1:
      better.all_reduce.round_trip /= 2;
      break;
    case 2:
      better.every += static_cast<std::uint32_t>(random.between(0, 100));
      break;
    case 3:
      better.all_reduce.bytes /= 2;
      break;
    default:
      better.overlap_millionths += static_cast<std::uint32_t>(
          random.below(std::uint64_t{step.every} * 1'000'000 - step.overlap_millionths + 1));
  }
  RC_ASSERT(stretched(better).step <= as_is.step);
  RC_ASSERT(stretched(better).slow_down_millionths <= as_is.slow_down_millionths);
}

// Where each member has a link of its own to the next, all alike, the ring on shared links is the
// formula, but for rounding once a step.
RC_GTEST_PROP(Ring, alone_on_links_that_are_alike_takes_what_the_formula_says,
              (std::uint64_t seed)) {
  base::Random random{seed};
  const std::size_t members = 2 + random.below(8);
  const SharedLink link{random.between(1'000'000, 100 * gigabit),
                        Duration(random.between(0, 50'000))};
  const std::vector<SharedLink> links(members, link);
  Ring ring{at(random.between(0, 1000)), random.between(0, 1'000'000'000), {}, {}};
  for (std::size_t i = 0; i < members; ++i) ring.routes.push_back({i});
  const std::array<Ring, 1> rings{ring};
  const Duration took = ring_ends(links, rings).front() - ring.start;
  const auto count = static_cast<std::int64_t>(members);
  const std::int64_t whole = (ring.bytes + count - 1) / count * count;  // what rounding makes of it
  const Duration formula = all_reduce_time(
      {whole, static_cast<std::uint32_t>(members), link.bits_per_second, link.latency, {}});
  RC_ASSERT(took + Duration(1) >= formula);
  RC_ASSERT((took - formula).count() <= 2 * (count - 1));
}

TEST(Ring, waits_for_its_slow_neighbour_alone) {
  // Two members, 2000 bytes: two steps of 1000 each way. One way a byte a microsecond, the other
  // half of that: a step lasts 2000, and both wait for both.
  const std::array<SharedLink, 2> links{SharedLink{8'000'000, Duration(0)},
                                        SharedLink{4'000'000, Duration(0)}};
  const std::array<Ring, 1> one{Ring{at(500), 2000, {{0}, {1}}, {}}};
  EXPECT_EQ(ring_ends(links, one), (std::vector<Time>{at(4500)}));
  // Both ways on one link, and the other ring beside it, with as much: four parts of 1000 bytes a
  // step on a byte a microsecond, for two steps.
  const std::array<Ring, 2> two{Ring{at(0), 2000, {{0}, {0}}, {}},
                                Ring{at(0), 2000, {{0}, {0}}, {}}};
  EXPECT_EQ(ring_ends(links, two), (std::vector<Time>{at(8000), at(8000)}));
}

TEST(Ring, lets_members_run_ahead_of_those_far_from_the_slow_link) {
  // Three members, 3000 bytes, four steps of 1000 bytes; the first's link takes 3000 us for each,
  // the others' 1000. By hand: member 0 sends until 3000, 6000, 9000, 12000: it never waits for
  // more than itself. Member 1 can send step k once it received step k-1 at 3000k: its last (step
  // 4) from 9000 to 10000. Member 2's last starts when member 1's third is there, at 7000: until
  // 8000. All done: 12000.
  const std::array<SharedLink, 3> links{SharedLink{8'000'000 / 3, Duration(0)},
                                        SharedLink{8'000'000, Duration(0)},
                                        SharedLink{8'000'000, Duration(0)}};
  std::vector<Transfer> transfers;
  add_ring({at(0), 3000, {{0}, {1}, {2}}, {}}, transfers);
  const std::vector<Time> ends = ends_of(links, transfers);
  ASSERT_EQ(ends.size(), 12U);
  EXPECT_NEAR(static_cast<double>(base::to_us(ends[9])), 12'000, 5);
  EXPECT_NEAR(static_cast<double>(base::to_us(ends[10])), 10'000, 5);
  EXPECT_NEAR(static_cast<double>(base::to_us(ends[11])), 8'000, 5);
}

}  // namespace
}  // namespace weir::flow::test
