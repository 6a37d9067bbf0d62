// Who goes first on a link: by intensity the most work is done, on the mean; and phase by phase.
#include "flow/contention.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.h"

namespace weir::flow::test {
namespace {

using base::Duration;
using Order = std::vector<std::size_t>;
using Counts = std::vector<std::int64_t>;

std::vector<Iteration> any_jobs(base::Random& random, std::size_t count) {
  std::vector<Iteration> jobs(count);
  for (Iteration& each : jobs) {
    each = {random.between(0, 1'000'000), Duration(random.between(0, 10'000)),
            Duration(random.between(1, 10'000))};
  }
  return jobs;
}

// Each job's work is rounded down once.
RC_GTEST_PROP(Contention, by_intensity_no_pair_does_less_than_the_other_way_round,
              (std::uint64_t seed)) {
  base::Random random{seed};
  const std::vector<Iteration> jobs = any_jobs(random, 2);
  const Order order = by_intensity(jobs);
  const Order reverse(order.rbegin(), order.rend());
  const __int128 best = work_with(jobs, link_shares(jobs, order));
  RC_ASSERT(best + 2 >= work_with(jobs, link_shares(jobs, reverse)));
  RC_ASSERT(best + 2 >= work_with(jobs, fair_link_shares(jobs)));
}

RC_GTEST_PROP(Contention, by_intensity_no_order_of_many_does_more, (std::uint64_t seed)) {
  base::Random random{seed};
  const std::size_t count = 1 + random.below(5);
  const std::vector<Iteration> jobs = any_jobs(random, count);
  Order order = by_intensity(jobs);
  const __int128 best = work_with(jobs, link_shares(jobs, order)) + static_cast<__int128>(count);
  RC_ASSERT(best >= work_with(jobs, fair_link_shares(jobs)));
  std::ranges::sort(order);
  do {
    RC_ASSERT(best >= work_with(jobs, link_shares(jobs, order)));
  } while (std::ranges::next_permutation(order).found);
}

RC_GTEST_PROP(Contention, nobody_has_more_of_the_link_than_it_can_use, (std::uint64_t seed)) {
  base::Random random{seed};
  const std::vector<Iteration> jobs = any_jobs(random, 1 + random.below(6));
  const Order order = by_intensity(jobs);
  for (const Counts& shares : {link_shares(jobs, order), fair_link_shares(jobs)}) {
    std::int64_t sum = 0;
    std::int64_t wanted = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const std::int64_t most =
          jobs[i].on_link.count() * 1'000'000 / (jobs[i].compute + jobs[i].on_link).count();
      RC_ASSERT(shares[i] >= 0 && shares[i] <= most);
      sum += shares[i];
      wanted += most;
    }
    RC_ASSERT(sum <= 1'000'000);
    // Nothing is left over that somebody wants, but for rounding.
    RC_ASSERT(sum + static_cast<std::int64_t>(jobs.size()) >=
              std::min<std::int64_t>(wanted, 1'000'000));
  }
}

// Who is first is never held up, and all of the time is somebody's.
RC_GTEST_PROP(Contention, the_first_iterates_as_if_alone, (std::uint64_t seed)) {
  base::Random random{seed};
  const std::vector<Iteration> jobs = any_jobs(random, 2 + random.below(3));
  const Order order = by_intensity(jobs);
  const Duration span(random.between(1, 500'000));
  const Counts done = iterations_by_order(jobs, order, span);
  const Iteration& first = jobs[order[0]];
  RC_ASSERT(done[order[0]] == span / (first.compute + first.on_link));
  for (const Counts& counts : {done, iterations_alike(jobs, span)}) {
    Duration on_link{};
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      RC_ASSERT(counts[i] <= span / (jobs[i].compute + jobs[i].on_link));
      on_link += counts[i] * jobs[i].on_link;
    }
    RC_ASSERT(on_link <= span);
  }
}

TEST(Contention, ranks_by_work_for_each_moment_of_the_link) {
  const std::vector<Iteration> jobs{{100, Duration(5), Duration(50)},   // 2 a microsecond
                                    {90, Duration(50), Duration(30)},   // 3
                                    {200, Duration(0), Duration(100)},  // 2, and stands behind
                                    {0, Duration(1), Duration(1)}};
  EXPECT_EQ(by_intensity(jobs), (Order{1, 0, 2, 3}));
}

TEST(Contention, shares_of_a_link_by_hand) {
  // The first computes for 100 and sends for 300: three quarters of the link at most. The second
  // sends half of its time.
  const std::vector<Iteration> jobs{{1200, Duration(100), Duration(300)},
                                    {100, Duration(100), Duration(100)}};
  EXPECT_EQ(link_shares(jobs, Order{0, 1}), (Counts{750'000, 250'000}));
  EXPECT_EQ(link_shares(jobs, Order{1, 0}), (Counts{500'000, 500'000}));
  EXPECT_EQ(fair_link_shares(jobs), (Counts{500'000, 500'000}));
  // 4 for each microsecond of the link, and 1.
  EXPECT_TRUE(work_with(jobs, Counts{750'000, 250'000}) == 3'250'000);
  EXPECT_TRUE(work_with(jobs, Counts{500'000, 500'000}) == 2'500'000);
}

TEST(Contention, iterations_by_hand) {
  // Both send from 100 on. The first is done at 200 and again at 400, 600, 800. The second has the
  // link while the first computes: 200 to 300 is all it needs; then it computes until 400, and
  // sends at 400, when the first computes again: 300, 500, 700.
  const std::vector<Iteration> jobs{{1, Duration(100), Duration(100)},
                                    {1, Duration(100), Duration(100)}};
  EXPECT_EQ(iterations_by_order(jobs, Order{0, 1}, Duration(800)), (Counts{4, 3}));
  // Alike they hold each other up for ever: 100 and 200, again and again.
  EXPECT_EQ(iterations_alike(jobs, Duration(900)), (Counts{3, 3}));
}

// What the mean view leaves out: half of a second's link time each, as intense, but one in long
// strides and one in short. First by the order of the list the long one holds the link for 100 and
// the short one waits; the other way round the short ones fit between.
TEST(Contention, phase_by_phase_an_order_may_be_worse_than_its_reverse) {
  const std::vector<Iteration> jobs{{101, Duration(100), Duration(100)},
                                    {1, Duration(1), Duration(1)}};
  ASSERT_EQ(by_intensity(jobs), (Order{0, 1}));
  const auto work = [&](const Order& order) {
    const Counts done = iterations_by_order(jobs, order, Duration(60'000));
    return done[0] * jobs[0].work + done[1] * jobs[1].work;
  };
  // 300 × 101 and, in the hundred of each two hundred, 50; against 200 × 101 and 30000.
  EXPECT_NEAR(static_cast<double>(work({0, 1})), 300 * 101 + 300 * 50, 400);
  EXPECT_NEAR(static_cast<double>(work({1, 0})), 200 * 101 + 30'000, 400);
  EXPECT_LT(work({0, 1}), work({1, 0}));
}

}  // namespace
}  // namespace weir::flow::test
