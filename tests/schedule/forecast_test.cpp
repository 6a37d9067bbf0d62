#include "schedule/forecast.h"

#include <gtest/gtest.h>

namespace weir::schedule::test {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s

constexpr base::Time now = base::time_from_us(1'000'000'000);

Request request_for(std::uint32_t cpus, std::uint32_t nodes = 1) {
  Request request;
  request.nodes = nodes;
  request.options.emplace_back().cpus = cpus;
  return request;
}

// A site of nodes of four cpus each, and what runs on it: on which node, how many cpus, until when.
struct Running {
  std::uint32_t node;
  std::uint32_t cpus;
  std::optional<base::Duration> left;
};
class Site {
 public:
  Site(std::uint32_t nodes, const std::vector<Running>& running) {
    std::vector<model::Node> list(nodes);
    for (model::Node& node : list) node.cpus = 4;
    capacity_ = Capacity(list);
    timeline_ = Timeline(nodes);
    for (const Running& each : running) {
      const std::vector<model::RankPlacement> ranks{{each.node, each.cpus, 0, {}}};
      capacity_.take(ranks);
      timeline_.add_hold(capacity_, ranks, each.left ? now + *each.left : never);
    }
  }
  [[nodiscard]] Forecast forecast() const { return {{{1, &capacity_, &timeline_}}, now}; }

 private:
  Capacity capacity_;
  Timeline timeline_;
};

WaitingWork work(const Request& request, std::optional<base::Duration> limit) {
  WaitingWork waiting;
  waiting.request = &request;
  waiting.run_time = limit;
  return waiting;
}

TEST(Forecast, what_fits_starts_now) {
  const Request request = request_for(2);
  const Site site(1, {{0, 2, 1h}});
  EXPECT_EQ(site.forecast().add(work(request, 10min))->time, now);
}

TEST(Forecast, what_does_not_fit_starts_when_enough_has_ended) {
  const Request request = request_for(4);
  const Site site(1, {{0, 2, 1h}, {0, 2, 2h}});
  EXPECT_EQ(site.forecast().add(work(request, 10min))->time, now + 2h);
}

TEST(Forecast, a_gang_starts_when_the_last_of_its_nodes_is_free) {
  const Request request = request_for(4, 2);
  const Site site(3, {{0, 4, 1h}, {1, 4, 3h}, {2, 1, 2h}});
  EXPECT_EQ(site.forecast().add(work(request, 10min))->time, now + 2h);
}

TEST(Forecast, work_in_turn_goes_behind_what_was_laid_out_before_it) {
  const Request gang = request_for(4, 2);
  const Request small = request_for(1);
  const Site site(2, {{0, 4, 1h}});
  Forecast forecast = site.forecast();
  WaitingWork first = work(gang, 1h);
  WaitingWork second = work(small, 1h);
  second.request_class = 1;
  EXPECT_EQ(forecast.add(first)->time, now + 1h);
  EXPECT_EQ(forecast.add(second)->time, now + 2h);
}

TEST(Forecast, an_array_without_a_limit_does_not_wait_for_its_own_tasks) {
  const Request request = request_for(2);
  const Site site(1, {{0, 2, 10min}, {0, 2, 1h}});
  WaitingWork array = work(request, 1h);
  array.running_until = {now + 1h};
  EXPECT_EQ(site.forecast().add(array)->time, now + 10min);
}

TEST(Forecast, an_array_at_its_limit_waits_for_a_task_of_its_own) {
  const Request request = request_for(1);
  const Site site(1, {{0, 1, 10min}, {0, 1, 1h}});
  WaitingWork array = work(request, 1h);
  array.at_once = 1;
  array.running_until = {now + 1h};
  EXPECT_EQ(site.forecast().add(array)->time, now + 1h);
}

TEST(Forecast, nobody_knows_the_start_of_what_waits_for_work_without_a_limit) {
  const Request request = request_for(1);
  const Site site(1, {{0, 4, std::nullopt}});
  const auto start = site.forecast().add(work(request, 1h));
  ASSERT_TRUE(start.has_value());
  EXPECT_FALSE(start->time.has_value());
}

TEST(Forecast, what_can_never_fit_never_starts) {
  const Request request = request_for(5);
  EXPECT_FALSE(Site(1, {}).forecast().add(work(request, 1h)).has_value());
}

}  // namespace
}  // namespace weir::schedule::test
