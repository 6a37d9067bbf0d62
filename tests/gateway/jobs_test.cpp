#include <gtest/gtest.h>

#include "base/json.h"
#include "engine/questions.h"
#include "gateway/archive.h"
#include "model/view.h"
#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

TEST(Jobs, are_submitted_one_by_one) {
  House house;
  const http::HttpResponse response = house.post("/v1/jobs", R"({"name":"one","run":"true"})");
  EXPECT_EQ(response.status, 201U);
  EXPECT_EQ(response.body, R"({"ids":[1]})");
  EXPECT_EQ(response.header("Location"), "/v1/jobs/1");
  const http::HttpResponse shown = house.get("/v1/jobs/1");
  EXPECT_EQ(shown.status, 200U);
  EXPECT_EQ(member(shown.body, "summary.name"), "one");
  EXPECT_EQ(member(shown.body, "summary.tenant"), "red");
  EXPECT_EQ(member(shown.body, "summary.state"), "queued");
}

TEST(Jobs, are_submitted_many_at_once_as_list_or_map) {
  House house;
  const auto list = house.post("/v1/jobs", R"([{"run":"a"},{"run":"b"}])");
  EXPECT_EQ(list.body, R"({"ids":[1,2]})");
  EXPECT_FALSE(list.header("Location").has_value());
  const auto map = house.post("/v1/jobs", R"({"jobs":[{"run":"c"}]})");
  EXPECT_EQ(map.body, R"({"ids":[3]})");
  EXPECT_EQ(house.post("/v1/jobs", "[]").status, 400U);
  const auto beside = house.post("/v1/jobs", R"({"jobs":[{"run":"c"}],"name":"x"})");
  EXPECT_EQ(beside.status, 400U);
  EXPECT_EQ(member(beside.body, "field"), "jobs");
}

TEST(Jobs, are_taken_all_or_none) {
  House house;
  house.core.join_site("local");
  const auto response =
      house.post("/v1/jobs", R"([{"run":"a"},{"run":"b","resources":{"cpus":400}}])");
  EXPECT_EQ(response.status, 422U);
  EXPECT_EQ(member(response.body, "type"), "/problems/refused");
  EXPECT_EQ(member(house.get("/v1/jobs").body, "total"), "0");
}

TEST(Jobs, are_not_taken_over_ten_thousand_at_once) {
  House house;
  std::string body = "[";
  for (int i = 0; i < 10'001; ++i) body += i == 0 ? R"({"run":"a"})" : R"(,{"run":"a"})";
  const auto response = house.post("/v1/jobs", body + "]");
  EXPECT_EQ(response.status, 413U);
  EXPECT_EQ(house.core.rows(), 4U) << "only the tokens of the test";
}

TEST(Jobs, are_read_from_yaml_with_the_name_of_the_file) {
  House house;
  const HeaderList yaml{{"Content-Type", "application/yaml"}, {"Weir-File-Name", "train.yaml"}};
  EXPECT_EQ(house.post("/v1/jobs", "name: train\nrun: |\n  echo one\n", yaml).status, 201U);
  const auto wrong = house.post("/v1/jobs", "name: train\nrunn: echo\nrun: echo\n", yaml);
  EXPECT_EQ(wrong.status, 400U);
  EXPECT_EQ(member(wrong.body, "type"), "/problems/unknown-field");
  EXPECT_EQ(member(wrong.body, "file"), "train.yaml");
  EXPECT_EQ(member(wrong.body, "line"), "2");
  EXPECT_EQ(member(wrong.body, "column"), "1");
}

TEST(Jobs, with_an_unknown_field_hear_of_the_nearest) {
  House house;
  const auto response = house.post("/v1/jobs", R"({"run":"true","priorty":3})");
  EXPECT_EQ(response.status, 400U);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(member(response.body, "type"), "/problems/unknown-field");
  EXPECT_EQ(member(response.body, "field"), "priorty");
  EXPECT_EQ(member(response.body, "hint"), "did you mean `priority`?");
  EXPECT_EQ(member(response.body, "status"), "400");
}

TEST(Jobs, hear_of_every_mistake_at_once) {
  House house;
  const auto response =
      house.post("/v1/jobs", R"([{"run":"a"},{"rum":"b","priority":"high"},{"run":7}])");
  EXPECT_EQ(response.status, 400U);
  ASSERT_EQ(member(response.body, "errors"), "4") << response.body;
  EXPECT_EQ(member(response.body, "errors[0].field"), "[1].rum");
  EXPECT_EQ(member(response.body, "errors[1].field"), "[1].priority");
  EXPECT_EQ(member(response.body, "errors[3].field"), "[2].run");
}

TEST(Jobs, that_are_no_text_at_all_are_told_where) {
  House house;
  const auto response = house.post("/v1/jobs", "{\"run\":\n  tru}");
  EXPECT_EQ(response.status, 400U);
  EXPECT_EQ(member(response.body, "line"), "2");
  EXPECT_EQ(house.post("/v1/jobs", "").status, 400U);
}

TEST(Jobs, said_again_under_the_same_key_are_the_same_jobs) {
  House house;
  const HeaderList key{{"Idempotency-Key", "abc"}};
  const auto first = house.post("/v1/jobs", R"({"run":"true"})", key);
  const auto second = house.post("/v1/jobs", R"({"run":"true"})", key);
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(second.status, 201U);
  EXPECT_FALSE(first.header("Idempotent-Replayed").has_value());
  EXPECT_EQ(second.header("Idempotent-Replayed"), "true");
  const auto other = house.post("/v1/jobs", R"({"run":"false"})", key);
  EXPECT_EQ(other.status, 409U);
  EXPECT_EQ(member(other.body, "field"), "Idempotency-Key");
  EXPECT_EQ(house.post("/v1/jobs", R"({"run":"true"})", {{"Idempotency-Key", "a b"}}).status, 400U);
}

TEST(Jobs, name_only_work_folders_that_are_here) {
  House house;
  const auto response = house.post(
      "/v1/jobs", R"({"run":"true","workdir":"sha256:)" + std::string(64, 'a') + R"("})");
  EXPECT_EQ(response.status, 422U) << response.body;
  EXPECT_EQ(member(response.body, "field"), "workdir");
}

TEST(Jobs, are_planned_without_a_trace) {
  House house;
  house.core.join_site("local");
  const std::size_t rows = house.core.rows();
  const auto plan = house.ask(house.viewer, "POST", "/v1/plans", R"({"run":"true"})");
  EXPECT_EQ(plan.status, 200U);
  EXPECT_EQ(member(plan.body, "feasible"), "true");
  EXPECT_EQ(member(plan.body, "now"), "true");
  const auto never = house.post("/v1/plans", R"({"run":"true","resources":{"cpus":99}})");
  EXPECT_EQ(member(never.body, "feasible"), "false");
  EXPECT_EQ(house.post("/v1/plans", R"([{"run":"true"}])").status, 400U);
  EXPECT_EQ(house.core.rows(), rows);
}

TEST(Jobs, of_others_are_not_there) {
  House house;
  const model::JobId id = house.submit();
  const std::string path = "/v1/jobs/" + std::to_string(id.value);
  for (const char* more : {"", "/explanation", "/history", "/logs", "/logs?follow=true"}) {
    EXPECT_EQ(house.ask(house.blue, "GET", path + more).status, 404U) << more;
    EXPECT_EQ(house.ask(house.viewer, "GET", path + more).status, 200U) << more;
  }
  for (const char* verb : {"/cancel", "/hold", "/release"}) {
    EXPECT_EQ(house.ask(house.blue, "POST", path + verb).status, 404U) << verb;
  }
  EXPECT_EQ(house.ask(house.blue, "PATCH", path, R"({"priority":1})").status, 404U);
  EXPECT_EQ(house.ask(house.blue, "POST", path + "/exec", R"({"command":"ls"})").status, 404U);
  EXPECT_EQ(member(house.ask(house.blue, "GET", "/v1/jobs").body, "total"), "0");
  EXPECT_EQ(house.ask(house.blue, "GET", "/v1/jobs?tenant=red").status, 403U);
  EXPECT_EQ(member(house.ask(house.operator_, "GET", "/v1/jobs?tenant=red").body, "total"), "1");
}

TEST(Jobs, are_listed_page_by_page) {
  House house;
  for (int i = 0; i < 5; ++i) house.submit(R"("name":"job)" + std::to_string(i) + "\"");
  const auto first = house.get("/v1/jobs?limit=2");
  EXPECT_EQ(member(first.body, "jobs[0].id"), "5");
  EXPECT_EQ(member(first.body, "jobs"), "2");
  const auto second = house.get("/v1/jobs?limit=2&cursor=" + member(first.body, "next"));
  EXPECT_EQ(member(second.body, "jobs[0].id"), "3");
  const auto last = house.get("/v1/jobs?limit=2&cursor=" + member(second.body, "next"));
  EXPECT_EQ(member(last.body, "jobs"), "1");
  EXPECT_EQ(member(last.body, "next"), "");
  EXPECT_EQ(member(house.get("/v1/jobs?name=b3").body, "jobs[0].id"), "4");
}

TEST(Jobs, are_held_released_changed_and_cancelled) {
  House house;
  const std::string path = "/v1/jobs/" + std::to_string(house.submit().value);
  EXPECT_EQ(member(house.post(path + "/hold").body, "state"), "held");
  EXPECT_EQ(member(house.get(path + "/explanation").body, "reason"), "held-by-user");
  EXPECT_EQ(member(house.post(path + "/release").body, "state"), "queued");
  const auto changed =
      house.ask(house.user, "PATCH", path, R"({"priority":90,"name":"new","time_limit":"2h"})");
  EXPECT_EQ(changed.status, 200U) << changed.body;
  EXPECT_EQ(member(changed.body, "priority"), "90");
  EXPECT_EQ(member(changed.body, "name"), "new");
  const auto cancelled = house.post(path + "/cancel");
  EXPECT_EQ(member(cancelled.body, "state"), "cancelled");
  EXPECT_EQ(house.post(path + "/cancel").status, 200U) << "again changes nothing";
  EXPECT_EQ(house.post(path + "/hold").status, 409U);
}

TEST(Jobs, are_changed_only_to_what_could_have_been_submitted) {
  House house;
  const std::string path = "/v1/jobs/" + std::to_string(house.submit().value);
  const auto refused = [&](const std::string& body, const std::string& field) {
    const auto response = house.ask(house.user, "PATCH", path, body);
    EXPECT_EQ(response.status, 400U) << body;
    EXPECT_EQ(member(response.body, "field"), field) << body;
  };
  refused(R"({"priority":101})", "priority");
  refused(R"({"time_limit":"0s"})", "time_limit");
  refused(R"({"name":""})", "name");
  refused(R"({"array_at_once":3})", "array_at_once");
  refused(R"({"prio":3})", "prio");
}

TEST(Jobs, of_arrays_are_cancelled_task_by_task) {
  House house;
  const std::string id = std::to_string(house.submit(R"("array":"0-3")").value);
  EXPECT_EQ(house.post("/v1/jobs/" + id + "_2/cancel").status, 200U);
  EXPECT_EQ(member(house.get("/v1/jobs/" + id).body, "summary.tasks.cancelled"), "1");
  EXPECT_EQ(house.post("/v1/jobs/" + id + "_9/cancel").status, 404U);
  const auto hold = house.post("/v1/jobs/" + id + "_2/hold");
  EXPECT_EQ(hold.status, 400U);
  EXPECT_EQ(house.get("/v1/jobs/nonsense").status, 404U);
}

TEST(Jobs, have_a_history) {
  House house;
  house.core.join_site("local");
  const model::JobId id = house.submit();
  house.core.report_running("local", {id, 0, 1});
  house.core.report_ended("local", {id, 0, 1}, {});
  const auto history = house.get("/v1/jobs/" + std::to_string(id.value) + "/history");
  ASSERT_EQ(history.status, 200U);
  EXPECT_EQ(member(history.body, "entries[0].event"), "submitted");
  EXPECT_EQ(member(history.body, "entries[1].event"), "placed");
  EXPECT_EQ(member(history.body, "entries[2].event"), "started");
  EXPECT_EQ(member(history.body, "entries[4].message"), "succeeded");
  EXPECT_NE(member(history.body, "entries[4].sequence"), "0");
}

TEST(Jobs, are_waited_for_until_they_end) {
  House house;
  house.core.join_site("local");
  const model::JobId id = house.submit();
  const auto waiting =
      house.begin(house.viewer, "GET", "/v1/jobs/" + std::to_string(id.value) + "?wait=60");
  house.core.report_running("local", {id, 0, 1});
  EXPECT_FALSE(waiting->answered());
  house.core.report_ended("local", {id, 0, 1}, {});
  EXPECT_EQ(member(waiting->response().body, "summary.state"), "succeeded");
}

TEST(Jobs, that_have_ended_or_never_were_are_not_waited_for) {
  House house;
  const std::string path = "/v1/jobs/" + std::to_string(house.submit().value);
  house.post(path + "/cancel");
  EXPECT_EQ(member(house.get(path + "?wait=60").body, "summary.state"), "cancelled");
  EXPECT_EQ(house.get("/v1/jobs/777?wait=60").status, 404U);
}

TEST(Jobs, are_waited_for_no_longer_than_asked) {
  House house;
  const auto shown = house.get("/v1/jobs/" + std::to_string(house.submit().value) + "?wait=1");
  EXPECT_EQ(member(shown.body, "summary.state"), "queued");
}

// ---- the archive

journal::ArchivedJob archived(std::uint64_t id, const std::string& tenant,
                              const std::string& name = "old") {
  model::JobView view;
  view.summary.id = {id};
  view.summary.name = name;
  view.summary.tenant = tenant;
  view.summary.state = model::JobState::succeeded;
  return {tenant, id, base::to_json(view)};
}

TEST(Jobs, that_left_the_engine_are_still_shown_and_listed) {
  House house;
  house.submit();
  house.core.archive(archived(1001, "red"));
  house.core.archive(archived(1002, "blue"));
  EXPECT_EQ(member(house.get("/v1/jobs/1001").body, "summary.name"), "old");
  EXPECT_EQ(house.get("/v1/jobs/1002").status, 404U);
  EXPECT_EQ(house.ask(house.operator_, "GET", "/v1/jobs/1002").status, 200U);
  EXPECT_EQ(member(house.get("/v1/jobs").body, "jobs"), "1");
  const auto all = house.get("/v1/jobs?all=true");
  EXPECT_EQ(member(all.body, "jobs"), "2");
  EXPECT_EQ(member(all.body, "jobs[0].id"), "1001");
  EXPECT_EQ(member(house.get("/v1/jobs?state=succeeded").body, "jobs[0].id"), "1001");
  EXPECT_EQ(member(house.get("/v1/jobs?all=true&name=xyz").body, "jobs"), "0");
}

// The engine's page of these ids, newest first, as engine::list_jobs cuts it.
model::JobPage engine_page(const std::vector<std::uint64_t>& ids, std::uint64_t before,
                           std::size_t limit) {
  model::JobPage page;
  for (auto at = ids.rbegin(); at != ids.rend(); ++at) {
    if (*at >= before) continue;
    if (page.jobs.size() == limit) {
      page.next = std::to_string(page.jobs.back().id.value);
      break;
    }
    page.jobs.emplace_back().id = {*at};
  }
  return page;
}

TEST(Archive, and_engine_make_one_list_without_gap_or_double) {
  const model::Principal by{"red", "test", model::Role::user};
  for (unsigned pattern = 0; pattern < 64; ++pattern) {
    MemoryCore core;
    std::vector<std::uint64_t> in_engine;
    for (std::uint64_t id = 1; id <= 24; ++id) {
      const bool engine_has = ((pattern * 2654435761U) >> (id % 29)) & 1U;
      if (engine_has) in_engine.push_back(id);
      // Every ninth was just leaving: both have it.
      if (!engine_has || id % 9 == 0) core.archive(archived(id, "red", id % 2 ? "odd" : "even"));
    }
    for (const std::uint32_t limit : {1U, 2U, 3U, 7U, 24U, 50U}) {
      std::vector<std::uint64_t> listed;
      engine::JobFilter filter;
      filter.all_states = true;
      filter.limit = limit;
      for (int pages = 0; pages < 60; ++pages) {
        const std::uint64_t before = filter.before ? filter.before->value : UINT64_MAX;
        model::JobPage page = engine_page(in_engine, before, limit);
        ASSERT_TRUE(add_archived_jobs(core, by, filter, page).has_value());
        ASSERT_LE(page.jobs.size(), limit);
        for (const model::JobSummary& job : page.jobs) listed.push_back(job.id.value);
        if (!page.next) break;
        filter.before = model::JobId{std::stoull(*page.next)};
      }
      std::vector<std::uint64_t> wanted;
      for (std::uint64_t id = 24; id >= 1; --id) wanted.push_back(id);
      ASSERT_EQ(listed, wanted) << "pattern " << pattern << ", limit " << limit;
    }
  }
}

}  // namespace
}  // namespace weir::gateway
