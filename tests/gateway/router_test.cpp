#include "gateway/router.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "gateway/openapi.h"
#include "gateway/routes.h"
#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

TEST(Router, answers_health_without_identity_and_nothing_else) {
  House house;
  EXPECT_EQ(house.ask("", "GET", "/healthz").status, 200U);
  for (const char* path : {"/metrics", "/v1/jobs", "/v1/openapi.json", "/v1/nothing", "/"}) {
    const http::HttpResponse response = house.ask("", "GET", path);
    EXPECT_EQ(response.status, 401U) << path;
    EXPECT_EQ(response.header("WWW-Authenticate"), R"(Bearer realm="weir")");
    EXPECT_EQ(member(response.body, "type"), "/problems/unauthenticated");
  }
}

TEST(Router, refuses_tokens_it_does_not_know) {
  House house;
  EXPECT_EQ(house.ask("weir_wrong", "GET", "/v1/jobs").status, 401U);
  EXPECT_EQ(house.ask(house.user + "x", "GET", "/v1/jobs").status, 401U);
  const auto basic =
      house.ask("", "GET", "/v1/jobs", "", {{"Authorization", "Basic " + house.user}});
  EXPECT_EQ(basic.status, 401U);
  const auto lower =
      house.ask("", "GET", "/v1/jobs", "", {{"Authorization", "bearer " + house.user}});
  EXPECT_EQ(lower.status, 200U) << "the scheme is named without regard to case";
}

TEST(Router, names_the_nearest_path) {
  House house;
  const http::HttpResponse response = house.get("/v1/job");
  EXPECT_EQ(response.status, 404U);
  EXPECT_EQ(member(response.body, "type"), "/problems/no-such-path");
  EXPECT_EQ(member(response.body, "hint"), "did you mean `/v1/jobs`?");
  EXPECT_EQ(member(house.post("/v1/jobs/42/cancle").body, "hint"),
            "did you mean `/v1/jobs/42/cancel`?");
  EXPECT_EQ(member(house.get("/completely/different/thing").body, "hint"),
            "all paths stand in /v1/openapi.json");
}

TEST(Router, names_the_methods_a_path_takes) {
  House house;
  const http::HttpResponse response = house.ask(house.user, "DELETE", "/v1/jobs");
  EXPECT_EQ(response.status, 405U);
  EXPECT_EQ(response.header("Allow"), "POST, GET, HEAD");
  EXPECT_EQ(member(response.body, "type"), "/problems/method-not-allowed");
}

TEST(Router, answers_head_as_get) {
  House house;
  EXPECT_EQ(house.ask(house.user, "HEAD", "/v1/jobs").status, 200U);
  EXPECT_EQ(house.ask(house.user, "HEAD", "/v1/jobs/1/cancel").status, 405U);
}

TEST(Router, names_the_nearest_parameter) {
  House house;
  const http::HttpResponse response = house.get("/v1/jobs?limt=5");
  EXPECT_EQ(response.status, 400U);
  EXPECT_EQ(member(response.body, "type"), "/problems/unknown-parameter");
  EXPECT_EQ(member(response.body, "field"), "limt");
  EXPECT_EQ(member(response.body, "hint"), "did you mean `limit`?");
}

TEST(Router, holds_parameters_to_their_kind) {
  House house;
  const auto refused = [&](const std::string& query, const std::string& field) {
    const http::HttpResponse response = house.get("/v1/jobs?" + query);
    EXPECT_EQ(response.status, 400U) << query;
    EXPECT_EQ(member(response.body, "field"), field) << query;
    return response.body;
  };
  refused("limit=0", "limit");
  refused("limit=1001", "limit");
  refused("limit=5x", "limit");
  refused("limit=", "limit");
  refused("cursor=-1", "cursor");
  refused("all=maybe", "all");
  refused("name=%01", "name");
  refused("limit=5&limit=6", "limit");
  EXPECT_EQ(member(refused("state=runing", "state"), "hint"), "did you mean `running`?");
  EXPECT_EQ(house.get("/v1/jobs?state=running,queued&limit=1000").status, 200U);
}

TEST(Router, refuses_bodies_of_other_types) {
  House house;
  const auto response =
      house.post("/v1/jobs", "<run/>", {{"Content-Type", "application/xml; charset=utf-8"}});
  EXPECT_EQ(response.status, 415U);
  EXPECT_EQ(member(response.body, "type"), "/problems/unsupported-media-type");
  EXPECT_EQ(house
                .post("/v1/jobs", R"({"run":"true"})",
                      {{"Content-Type", "Application/JSON; charset=utf-8"}})
                .status,
            201U);
}

// A path of the route with names of things that are not there.
std::string some_path(const Route& route) {
  std::string path(route.path);
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"{id}", "999"},
                                    {"{name}", "NOT_THERE"},
                                    {"{site}", "nowhere"},
                                    {"{sha256}", std::string(64, 'a')}}) {
    const std::size_t at = path.find(name);
    if (at != std::string::npos) path.replace(at, name.size(), value);
  }
  return path;
}

TEST(Router, lets_each_role_do_what_the_table_says_and_no_more) {
  House house;
  const std::vector<std::pair<std::string, model::Role>> roles{
      {house.viewer, model::Role::viewer},
      {house.user, model::Role::user},
      {house.operator_, model::Role::operator_}};
  int refused = 0;
  for (const Route& route : all_routes()) {
    const std::string path = some_path(route);
    const unsigned nobody = house.ask("", std::string(route.method), path).status;
    EXPECT_EQ(nobody == 401, route.access != Access::anybody) << route.method << " " << path;
    for (const auto& [token, role] : roles) {
      const auto answer = house.begin(token, std::string(route.method), path);
      const unsigned status = answer->response().status;
      // Agents are known by their certificates: no person stands in for one.
      const bool is_agents = route.access == Access::site;
      EXPECT_EQ(status == 403, !is_agents && !may(role, route.access))
          << route.method << " " << path << " as " << base::enum_name(role) << ": " << status;
      EXPECT_EQ(status == 401, is_agents) << route.method << " " << path;
      EXPECT_LT(status, 500U);
      refused += status == 403 ? 1 : 0;
      if (answer->response().content_type == "text/event-stream") answer->leave();
    }
  }
  EXPECT_GT(refused, 15) << "a table without refusals is no table";
}

TEST(Router, gives_every_route_an_identity_but_health) {
  for (const Route& route : all_routes()) {
    // Whoever enrols shows a token in the body, and has nothing else to show yet.
    EXPECT_EQ(route.access == Access::anybody,
              route.path == "/healthz" || route.path == "/v1/agent/enrol")
        << route.path;
    EXPECT_FALSE(route.summary.empty()) << route.path;
    EXPECT_NE(route.handle, nullptr) << route.path;
    // What changes something is for users at least.
    if (route.method != "GET" && route.method != "HEAD" && route.operation != "planJob" &&
        route.access != Access::anybody) {
      EXPECT_GE(route.access, Access::user) << route.path;
    }
  }
}

TEST(Router, plans_bodies_by_route_and_refuses_strangers_before_they_send) {
  House house;
  const auto plan = [&](const std::string& token, const std::string& method,
                        const std::string& path) {
    http::HttpRequest head;
    head.method = method;
    head.target = path;
    head.segments = {"v1", path};
    if (path == "blobs") head.segments.push_back(std::string(64, '0'));
    if (!token.empty()) head.headers.add("Authorization", "Bearer " + token);
    return house.gateway().plan_body(head);
  };
  EXPECT_EQ(plan("", "POST", "jobs").refusal->status, 401U);
  EXPECT_EQ(plan(house.viewer, "POST", "jobs").refusal->status, 403U);
  EXPECT_EQ(plan(house.user, "POST", "jobs").bytes_max, 32U << 20U);
  EXPECT_EQ(plan(house.user, "POST", "plans").bytes_max, 1U << 20U);
  const http::BodyPlan blob = plan(house.user, "PUT", "blobs");
  EXPECT_EQ(blob.bytes_max, 1U << 30U);
  EXPECT_TRUE(blob.to_file.starts_with(house.data_folder + "/blobs/"));
  EXPECT_NE(blob.to_file, plan(house.user, "PUT", "blobs").to_file);
}

TEST(Router, answers_unavailable_once_it_ends) {
  House house;
  house.gateway().stop();
  EXPECT_EQ(house.get("/v1/jobs").status, 503U);
}

}  // namespace
}  // namespace weir::gateway
