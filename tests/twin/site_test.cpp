// The modelled site and the queue of events: what happens in which order, and what is said of it.
#include <gtest/gtest.h>

#include "twin/site.h"

namespace weir::twin {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr base::Time begin = base::time_from_us(1'000'000'000);

class SiteTest : public testing::Test {
 protected:
  SiteTest() {
    rules_.run_times = [](const model::AttemptKey& key) {
      return key.task == 9 ? std::optional<base::Duration>() : minutes(10 + key.task);
    };
  }
  Site make(base::Duration latency = {}) {
    SiteModel model{"here", std::vector<model::Node>(4), latency};
    Site site(0, model, rules_, events_);
    site.joined(1);
    return site;
  }
  static model::AttemptKey key(std::uint64_t job, std::uint32_t task = 0) {
    return {model::JobId{job}, task, 1};
  }
  static model::ChangeWanted want(model::AttemptKey key, std::uint32_t node, model::Want want,
                                  std::optional<base::Duration> limit = {}) {
    model::AttemptWish wish;
    wish.key = key;
    wish.want = want;
    wish.time_limit = limit;
    wish.ranks.resize(1);
    wish.ranks[0].node_index = node;
    return {model::SiteId{1}, 1, 0, 1, {wish}, {}, {}};
  }
  // Lets the next thing happen at `site`; gives its time after the beginning.
  base::Duration next(Site& site) {
    const Event event = events_.take();
    if (event.kind == EventKind::attempt_begins) site.begin(event.attempt, event.time);
    if (event.kind == EventKind::attempt_ends) site.end(event.attempt, event.time);
    return event.time - begin;
  }

  SiteRules rules_;
  EventQueue events_;
};

TEST(EventQueue, orders_by_time_then_kind_then_site_then_arrival) {
  EventQueue events;
  const auto put = [&](int time, EventKind kind, std::uint32_t site, std::uint32_t node) {
    Event event;
    event.time = begin + seconds(time);
    event.kind = kind;
    event.site = site;
    event.node = node;
    events.put(event);
  };
  put(2, EventKind::site_fault, 0, 1);
  put(1, EventKind::attempt_ends, 1, 2);
  put(1, EventKind::attempt_ends, 0, 3);
  put(1, EventKind::attempt_ends, 0, 4);
  put(1, EventKind::node_back, 7, 5);
  EXPECT_EQ(events.of_work(), 4);
  std::vector<std::uint32_t> order;
  while (!events.empty()) order.push_back(events.take().node);
  EXPECT_EQ(order, (std::vector<std::uint32_t>{5, 3, 4, 2, 1}));
}

TEST_F(SiteTest, work_without_latency_starts_unasked_and_is_told_with_its_end) {
  Site site = make();
  site.take(want(key(1), 0, model::Want::run), begin);
  EXPECT_FALSE(site.has_news());
  EXPECT_EQ(next(site), minutes(10));
  ASSERT_TRUE(site.has_news());
  const model::ReportSite report = site.report();
  ASSERT_EQ(report.attempts.size(), 1);
  EXPECT_EQ(report.attempts[0].phase, model::AttemptPhase::ended);
  EXPECT_EQ(report.attempts[0].started, begin);
  EXPECT_EQ(report.attempts[0].outcome->ending, model::Ending::succeeded);
  EXPECT_EQ(site.attempts(), 0);
  EXPECT_FALSE(site.has_news());
}

TEST_F(SiteTest, a_start_with_latency_is_news_of_its_own) {
  Site site = make(seconds(5));
  site.take(want(key(1), 0, model::Want::run), begin);
  EXPECT_EQ(next(site), seconds(5));
  const model::ReportSite report = site.report();
  ASSERT_EQ(report.attempts.size(), 1);
  EXPECT_EQ(report.attempts[0].phase, model::AttemptPhase::running);
  EXPECT_EQ(report.attempts[0].started, begin + seconds(5));
  EXPECT_EQ(next(site), minutes(10) + seconds(5));
}

TEST_F(SiteTest, a_limit_ends_work_only_where_limits_are_kept) {
  Site site = make();
  site.take(want(key(1), 0, model::Want::run, minutes(3)), begin);
  EXPECT_EQ(next(site), minutes(3));
  EXPECT_EQ(site.report().attempts[0].outcome->ending, model::Ending::timeout);
  rules_.limits_end_work = false;
  site.take(want(key(2), 0, model::Want::run, minutes(3)), begin);
  EXPECT_EQ(next(site), minutes(10));
  EXPECT_EQ(site.report().attempts[0].outcome->ending, model::Ending::succeeded);
}

TEST_F(SiteTest, work_without_a_known_end_stays) {
  Site site = make();
  site.take(want(key(1, 9), 0, model::Want::run), begin);
  EXPECT_TRUE(events_.empty());
  EXPECT_EQ(site.attempts(), 1);
}

TEST_F(SiteTest, what_is_stopped_ends_now_and_its_own_end_is_void) {
  Site site = make();
  site.take(want(key(1), 0, model::Want::run), begin);
  site.take(want(key(1), 0, model::Want::stop), begin + seconds(1));
  const model::ReportSite report = site.report();
  ASSERT_EQ(report.attempts.size(), 1);
  EXPECT_EQ(report.attempts[0].outcome->ending, model::Ending::stopped);
  (void)next(site);
  EXPECT_FALSE(site.has_news());
}

TEST_F(SiteTest, a_lost_node_takes_its_work_along_and_holds_back_what_comes_until_it_is_mended) {
  Site site = make();
  site.take(want(key(1), 0, model::Want::run), begin);
  site.take(want(key(2), 1, model::Want::run), begin);
  site.lose_node(0);
  const model::ReportSite report = site.report();
  ASSERT_EQ(report.attempts.size(), 2);  // the other one's start has not been told yet
  EXPECT_EQ(site.attempts_lost(), 1);
  site.take(want(key(3), 0, model::Want::run), begin + seconds(1));
  site.mend_node(0, begin + minutes(2));
  std::vector<base::Duration> ends;
  while (!events_.empty()) ends.push_back(next(site));
  EXPECT_EQ(ends.back(), minutes(12));
  const auto last = site.report().attempts;
  ASSERT_EQ(last.size(), 2);
  EXPECT_EQ(last.front().key, key(3));
  EXPECT_EQ(last.front().started, begin + minutes(2));
}

TEST_F(SiteTest, a_silent_site_hears_and_says_nothing_and_knows_the_truth_afterwards) {
  Site site = make();
  site.take(want(key(1), 0, model::Want::run), begin);
  site.take(want(key(2, 5), 1, model::Want::run), begin);
  site.fall_silent(false);
  site.take(want(key(3), 2, model::Want::run), begin);
  (void)next(site);
  EXPECT_FALSE(site.has_news());
  site.speak_again();
  model::WantedState wanted;  // the engine has given up the second meanwhile
  wanted.wishes = want(key(1), 0, model::Want::run).wishes;
  site.take(wanted, begin + minutes(11));
  const model::ReportSite report = site.report();
  ASSERT_EQ(report.attempts.size(), 1);
  EXPECT_EQ(report.attempts[0].key, key(1));
  EXPECT_EQ(site.attempts(), 0);
}

}  // namespace
}  // namespace weir::twin
