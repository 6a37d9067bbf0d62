#include "schedule/preempt.h"

#include <gtest/gtest.h>

namespace weir::schedule::test {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 1h, 30min

TEST(TimeLost, is_all_of_it_without_checkpoints) {
  EXPECT_EQ(time_lost(50min, std::nullopt), 50min);
  EXPECT_EQ(time_lost(-1min, std::nullopt), 0min);  // clocks of sites differ
}

TEST(TimeLost, is_what_was_done_since_the_last_checkpoint_that_was_due) {
  EXPECT_EQ(time_lost(10min, 30min), 10min);
  EXPECT_EQ(time_lost(30min, 30min), 0min);
  EXPECT_EQ(time_lost(95min, 30min), 5min);
  EXPECT_EQ(time_lost(-1min, 30min), 0min);
}

TEST(Victims, go_by_devices_then_cpus_then_age) {
  const std::vector<model::RankPlacement> one_card{{0, 1, 0, {0}}};
  const std::vector<model::RankPlacement> two_cards{{0, 1, 0, {0, 1}}};
  const std::vector<model::RankPlacement> many_cpus{{0, 16, 0, {0}}};
  const auto victim = [](std::uint64_t job, const auto& ranks, base::Duration lost, int placed) {
    return Victim{{model::JobId{job}, 0, 1}, &ranks, loss_of(ranks, lost), base::Time(1s * placed)};
  };
  std::vector<Victim> victims{
      victim(1, one_card, 2h, 1),     // two card hours
      victim(2, two_cards, 5min, 2),  // though older and larger, ten card minutes
      victim(3, many_cpus, 1h, 3),   victim(4, one_card, 1h, 4), victim(5, one_card, 1h, 5),
  };
  cheapest_first(victims);
  std::vector<std::uint64_t> order;
  for (const Victim& each : victims) order.push_back(each.key.job.value);
  EXPECT_EQ(order, (std::vector<std::uint64_t>{2, 5, 4, 3, 1}));
}

}  // namespace
}  // namespace weir::schedule::test
