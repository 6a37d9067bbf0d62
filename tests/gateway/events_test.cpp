#include <gtest/gtest.h>

#include "gateway/event_session.h"
#include "gateway/fact_text.h"
#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

std::shared_ptr<AskedAnswer> follow(House& house, const std::string& token,
                                    const std::string& query = {}, const HeaderList& headers = {}) {
  return house.begin(token, "GET", "/v1/events" + query, "", headers);
}

// The jobs whose submission the events tell of.
std::vector<std::string> jobs_in(const std::vector<http::ServerEvent>& events) {
  std::vector<std::string> jobs;
  for (const http::ServerEvent& event : events) {
    const auto count = std::stoul(member(event.data, "facts"));
    for (std::size_t i = 0; i < count; ++i) {
      const std::string fact = "facts[" + std::to_string(i) + "]";
      if (member(event.data, fact + ".type") == "job_submitted") {
        jobs.push_back(member(event.data, fact + ".job"));
      }
    }
  }
  return jobs;
}

std::vector<http::ServerEvent> take(AskedAnswer& stream, std::size_t count) {
  std::vector<http::ServerEvent> events;
  while (events.size() < count) {
    auto event = stream.next_event();
    if (!event) break;
    events.push_back(*std::move(event));
  }
  return events;
}

TEST(Events, tell_what_becomes_true_from_now_on) {
  House house;
  house.submit();
  const auto stream = follow(house, house.user);
  EXPECT_EQ(stream->response().content_type, "text/event-stream");
  house.submit(R"("name":"second")");
  const auto event = stream->next_event();
  EXPECT_EQ(event->event, "facts");
  EXPECT_EQ(member(event->data, "facts[0].type"), "job_submitted");
  EXPECT_EQ(member(event->data, "facts[0].spec.name"), "second");
  EXPECT_EQ(event->id, member(event->data, "sequence"));
}

TEST(Events, resume_without_gap_or_double) {
  House house;
  std::vector<std::string> wanted;
  for (int i = 0; i < 40; ++i) wanted.push_back(std::to_string(house.submit().value));
  // Read three at a time, as a client that loses its connection again and again.
  std::vector<std::string> heard;
  std::string last = "0";
  while (heard.size() < wanted.size()) {
    const auto stream = follow(house, house.user, "", {{"Last-Event-ID", last}});
    const auto events = take(*stream, std::min<std::size_t>(3, wanted.size() - heard.size()));
    for (const std::string& job : jobs_in(events)) heard.push_back(job);
    last = events.back().id;
    stream->leave();
  }
  EXPECT_EQ(heard, wanted);
}

TEST(Events, go_over_from_the_journal_to_what_is_new) {
  House house;
  for (int i = 0; i < 10; ++i) house.submit();
  const auto stream = follow(house, house.user, "?after=0");
  for (int i = 0; i < 10; ++i) house.submit();
  const auto jobs = jobs_in(take(*stream, 20));
  ASSERT_EQ(jobs.size(), 20U);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(jobs[i], std::to_string(i + 1));
}

TEST(Events, of_a_follower_who_keeps_up_need_no_disk) {
  House house;
  const auto stream = follow(house, house.user);
  house.submit();
  static_cast<void>(take(*stream, 1));
  const std::uint64_t reads = house.core.journal_reads();
  for (int i = 0; i < 20; ++i) {
    house.submit();
    static_cast<void>(take(*stream, 1));
  }
  EXPECT_EQ(house.core.journal_reads(), reads);
}

TEST(Events, of_a_large_row_come_in_parts_that_resume) {
  House house;
  std::string body = "[";
  for (int i = 0; i < 3000; ++i) {
    body +=
        (i == 0 ? "" : ",") + std::string(R"({"run":"true","name":"j)") + std::to_string(i) + "\"}";
  }
  ASSERT_EQ(house.post("/v1/jobs", body + "]").status, 201U);
  std::vector<std::string> heard;
  std::string last = "0";
  int parts = 0;
  while (heard.size() < 3000) {
    const auto stream = follow(house, house.user, "", {{"Last-Event-ID", last}});
    const auto events = take(*stream, 1);
    for (const std::string& job : jobs_in(events)) heard.push_back(job);
    last = events.back().id;
    ++parts;
    stream->leave();
  }
  EXPECT_GT(parts, 3);
  EXPECT_EQ(last.find('.'), std::string::npos) << "the last part ends the row";
  for (std::size_t i = 0; i < 3000; ++i) ASSERT_EQ(heard[i], std::to_string(i + 1));
}

TEST(Events, tell_others_only_of_their_own_jobs) {
  House house;
  const auto blue = follow(house, house.blue, "?after=0");
  const auto all = follow(house, house.operator_, "?after=0");
  house.core.join_site("local");
  house.submit();
  house.ask(house.blue, "POST", "/v1/jobs", R"({"run":"blue"})");
  const auto events = take(*blue, 1);
  EXPECT_EQ(jobs_in(events), std::vector<std::string>{"2"});
  // Four tokens, a site, two jobs.
  EXPECT_EQ(take(*all, 7).size(), 7U);
  // Later facts name the job alone, and are still led to its tenant.
  house.core.report_running("local", {{2}, 0, 1});
  EXPECT_EQ(member(take(*blue, 1)[0].data, "facts[0].type"), "attempt_started");
}

TEST(Events, know_the_tenant_of_jobs_from_before_the_start) {
  House house;
  house.core.join_site("local");
  const model::JobId id = house.submit();
  house.reopen();
  const auto stream = follow(house, house.user);
  static_cast<void>(stream->response());
  house.core.report_running("local", {id, 0, 1});
  EXPECT_EQ(member(take(*stream, 1)[0].data, "facts[0].type"), "attempt_started");
}

TEST(Events, never_show_what_is_secret) {
  House house;
  house.ask(house.user, "PUT", "/v1/secrets/KEY", R"({"value":"hush"})");
  const auto stream = follow(house, house.operator_, "?after=0");
  for (const http::ServerEvent& event : take(*stream, 5)) {
    EXPECT_EQ(event.data.find("sealed:"), std::string::npos);
    EXPECT_EQ(event.data.find(TokenBook::hash_of(house.user)), std::string::npos);
    EXPECT_NE(event.data.find("hidden"), std::string::npos);
  }
}

TEST(Events, refuse_ids_that_are_none) {
  House house;
  for (const char* id : {"x", "1.", ".1", "-1", "1.2.3", "0.5"}) {
    const auto answer = follow(house, house.user, "", {{"Last-Event-ID", id}});
    EXPECT_EQ(answer->response().status, 400U) << id;
  }
  EXPECT_EQ(*parse_event_id("17"), (EventCursor{17, 0}));
  EXPECT_EQ(*parse_event_id("17.200"), (EventCursor{16, 200}));
}

TEST(Journal, is_read_by_operators_page_by_page) {
  House house;
  for (int i = 0; i < 5; ++i) house.submit();
  const auto first = house.ask(house.operator_, "GET", "/v1/journal?limit=6");
  EXPECT_EQ(member(first.body, "rows"), "6");
  EXPECT_EQ(member(first.body, "rows[0].facts[0].type"), "token_created");
  EXPECT_EQ(member(first.body, "rows[0].facts[0].token.hash"), "hidden");
  const std::string next = member(first.body, "next");
  EXPECT_EQ(next, "7");
  const auto last = house.ask(house.operator_, "GET", "/v1/journal?from=" + next);
  EXPECT_EQ(member(last.body, "rows"), "3");
  EXPECT_EQ(member(last.body, "next"), "");
  EXPECT_EQ(house.ask(house.operator_, "GET", "/v1/journal?from=1000").body, R"({"rows":[]})");
}

TEST(JobOf, finds_the_job_of_every_fact_that_has_one) {
  EXPECT_EQ(job_of(model::JobHeld{{7}}), model::JobId{7});
  EXPECT_EQ(job_of(model::AttemptStarted{{{8}, 0, 1}, {}}), model::JobId{8});
  EXPECT_EQ(job_of(model::SiteLost{{1}}), std::nullopt);
}

TEST(JobTenants, keep_runs_and_forget_jobs_that_left) {
  JobTenants tenants;
  for (std::uint64_t id = 1; id <= 100; ++id) tenants.add({id}, id <= 50 ? "red" : "blue");
  tenants.add({7}, "red");
  EXPECT_EQ(tenants.runs(), 2U);
  EXPECT_EQ(tenants.of({50}), "red");
  EXPECT_EQ(tenants.of({51}), "blue");
  EXPECT_EQ(tenants.of({101}), std::nullopt);
  EXPECT_EQ(tenants.of({0}), std::nullopt);
  for (std::uint64_t id = 1; id <= 99; ++id) tenants.remove({id});
  EXPECT_EQ(tenants.runs(), 1U);
  EXPECT_EQ(tenants.of({1}), std::nullopt);
  EXPECT_EQ(tenants.of({100}), "blue");
  tenants.remove({100});
  tenants.remove({100});
  EXPECT_EQ(tenants.runs(), 0U);
}

}  // namespace
}  // namespace weir::gateway
