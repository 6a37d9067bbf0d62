#include "schedule/reserve.h"

#include <gtest/gtest.h>

namespace weir::schedule::test {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s

constexpr base::Time now = base::time_from_us(1'000'000'000);
constexpr std::uint64_t array = 7;
constexpr std::uint64_t other = 8;

// One node of four cpus.
Capacity four_cpus() {
  model::Node node;
  node.cpus = 4;
  return Capacity(std::vector{node});
}

Request request_for(std::uint32_t cpus) {
  Request request;
  request.options.emplace_back().cpus = cpus;
  return request;
}

// A forecast over work that runs: its cpus, how long it still has, and whose it is.
struct Running {
  std::uint32_t cpus;
  base::Duration left;
  std::uint64_t owner;
};
Forecast forecast_over(const std::vector<Running>& running) {
  Capacity capacity = four_cpus();
  std::vector<RunningWork> work;
  for (const Running& each : running) {
    const std::vector<model::RankPlacement> ranks{{0, each.cpus, 0, {}}};
    capacity.take(ranks);
    work.push_back({ranks, now + each.left, each.owner});
  }
  return {std::move(capacity), std::move(work), now};
}

TEST(Forecast, what_fits_starts_now) {
  const Request request = request_for(2);
  const auto start = forecast_over({{2, 1h, other}}).add({&request, 1, 0, 0, 10min, array});
  ASSERT_TRUE(start.has_value());
  EXPECT_EQ(start->time, now);
}

TEST(Forecast, what_does_not_fit_starts_when_enough_has_ended) {
  const Request request = request_for(4);
  const auto start =
      forecast_over({{2, 1h, other}, {2, 2h, other}}).add({&request, 1, 0, 0, 10min, array});
  ASSERT_TRUE(start.has_value());
  EXPECT_EQ(start->time, now + 2h);
}

TEST(Forecast, an_array_without_a_limit_does_not_wait_for_its_own_tasks) {
  const Request request = request_for(2);
  const auto start =
      forecast_over({{2, 10min, other}, {2, 1h, array}}).add({&request, 1, 1, 0, 1h, array});
  ASSERT_TRUE(start.has_value());
  EXPECT_EQ(start->time, now + 10min);
}

TEST(Forecast, an_array_at_its_limit_waits_for_a_task_of_its_own) {
  const Request request = request_for(1);
  const auto start =
      forecast_over({{1, 10min, other}, {1, 1h, array}}).add({&request, 1, 1, 1, 1h, array});
  ASSERT_TRUE(start.has_value());
  EXPECT_EQ(start->time, now + 1h);
}

TEST(Forecast, nobody_knows_the_start_of_what_waits_for_work_without_a_limit) {
  Capacity capacity = four_cpus();
  const std::vector<model::RankPlacement> ranks{{0, 4, 0, {}}};
  capacity.take(ranks);
  const Request request = request_for(1);
  const auto start = Forecast(std::move(capacity), {{ranks, std::nullopt, other}}, now)
                         .add({&request, 1, 0, 0, 1h, array});
  ASSERT_TRUE(start.has_value());
  EXPECT_FALSE(start->time.has_value());
}

TEST(Forecast, what_can_never_fit_never_starts) {
  const Request request = request_for(5);
  EXPECT_FALSE(forecast_over({}).add({&request, 1, 0, 0, 1h, array}).has_value());
}

TEST(Promise, is_kept_by_work_that_is_gone_in_time) {
  const Promise promise{now + 1h, {0}};
  EXPECT_TRUE(ends_before(promise, now, 1h));
  EXPECT_FALSE(ends_before(promise, now, 61min));
  EXPECT_FALSE(ends_before(promise, now, std::nullopt));
  EXPECT_FALSE(ends_before({std::nullopt, {0}}, now, 1h));
}

}  // namespace
}  // namespace weir::schedule::test
