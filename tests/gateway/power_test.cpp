#include <gtest/gtest.h>

#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

TEST(Power, is_set_by_operators_and_seen_by_all) {
  House house;
  const std::string table =
      R"({"sites":[{"site":"north","pue_milli":1250,"cpu_draw_mw":9000,)"
      R"("carbon_mg_per_kwh":{"start":"2026-01-01T00:00Z","values":[400000,100000],)"
      R"("repeats":"2h"}}]})";
  EXPECT_EQ(house.ask(house.user, "PUT", "/v1/power", table).status, 403U);
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/power", table).status, 204U);
  const auto told = house.ask(house.user, "GET", "/v1/power");
  EXPECT_EQ(member(told.body, "sites[0].pue_milli"), "1250");
  EXPECT_EQ(member(told.body, "sites[0].carbon_mg_per_kwh.values[1]"), "100000");
  EXPECT_EQ(member(told.body, "sites[0].carbon_method"), "average");
  // What it says can be given back.
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/power", told.body).status, 204U);
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/power", "{}").status, 204U);
  EXPECT_EQ(member(house.ask(house.user, "GET", "/v1/power").body, "sites"), "0");
}

TEST(Power, is_refused_where_it_makes_no_sense) {
  House house;
  const auto refused = [&](const std::string& site, const std::string& field) {
    const auto response =
        house.ask(house.operator_, "PUT", "/v1/power", R"({"sites":[)" + site + "]}");
    EXPECT_EQ(response.status, 400U) << site;
    EXPECT_EQ(member(response.body, "field"), field) << site;
  };
  refused(R"({"pue_milli":1200})", "sites[0].site");
  refused(R"({"site":"north","pue_milli":120})", "sites[0].pue_milli");
  refused(R"({"site":"north","carbon_mg_per_kwh":{"values":[]}})",
          "sites[0].carbon_mg_per_kwh.values");
  refused(R"({"site":"north","carbon_mg_per_kwh":{"values":[1],"repeats":"30m"}})",
          "sites[0].carbon_mg_per_kwh.repeats");
}

TEST(PowerRequests, are_made_by_operators_and_seen_by_all) {
  House house;
  const std::string order =
      R"({"site":"north","less_milliwatts":5000000,"until":"2126-01-01T00:00Z"})";
  EXPECT_EQ(house.ask(house.user, "POST", "/v1/power/requests", order).status, 403U);
  const auto unknown = house.ask(house.operator_, "POST", "/v1/power/requests", order);
  EXPECT_EQ(unknown.status, 404U);
  EXPECT_EQ(member(unknown.body, "field"), "site");
  EXPECT_EQ(member(house.ask(house.user, "GET", "/v1/power/requests").body, "requests"), "0");
  EXPECT_EQ(house.ask(house.user, "GET", "/v1/power/requests/1").status, 404U);
  EXPECT_EQ(house.ask(house.user, "DELETE", "/v1/power/requests/1").status, 403U);
  EXPECT_EQ(house.ask(house.operator_, "DELETE", "/v1/power/requests/1").status, 404U);
  EXPECT_EQ(house.ask(house.operator_, "DELETE", "/v1/power/requests/one").status, 404U);
  EXPECT_EQ(house.ask(house.operator_, "POST", "/v1/power/requests", R"({"site":"north"})").status,
            400U);
}

TEST(PowerRequests, are_answered_with_what_is_committed_to) {
  House house;
  house.core.join_site("north", 1, 4);
  const std::string order =
      R"({"site":"north","less_milliwatts":5000,"until":"2126-01-01T00:00Z"})";
  const auto untold = house.ask(house.operator_, "POST", "/v1/power/requests", order);
  EXPECT_EQ(untold.status, 422U);
  const std::string table = R"({"sites":[{"site":"north","cpu_draw_mw":9000}]})";
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/power", table).status, 204U);
  // A hundred years are too long.
  EXPECT_EQ(house.ask(house.operator_, "POST", "/v1/power/requests", order).status, 400U);
  const model::JobId job = house.submit(R"("resources":{"cpus":2})");
  const std::string until =
      base::format_time(base::time_from_us(1'700'000'000'000'000) + std::chrono::hours(2));
  const auto made =
      house.ask(house.operator_, "POST", "/v1/power/requests",
                R"({"site":"north","less_milliwatts":5000,"until":")" + until + R"("})");
  EXPECT_EQ(made.status, 201U) << made.body;
  // The job cannot be paused: all of it falls short.
  EXPECT_EQ(member(made.body, "request.draw_milliwatts"), "18000");
  EXPECT_EQ(member(made.body, "request.committed[0].milliwatts"), "18000");
  EXPECT_EQ(member(made.body, "short_milliwatts"), "5000");
  const auto shown = house.ask(house.user, "GET", "/v1/power/requests/1");
  EXPECT_EQ(member(shown.body, "state"), "runs");
  // Nothing more is begun, and it is said why.
  const model::JobId waits = house.submit(R"("resources":{"cpus":2})");
  const auto why =
      house.ask(house.user, "GET", "/v1/jobs/" + std::to_string(waits.value) + "/explanation");
  EXPECT_EQ(member(why.body, "reason"), "waits-for-power") << why.body;
  EXPECT_EQ(house.ask(house.operator_, "DELETE", "/v1/power/requests/1").status, 204U);
  EXPECT_EQ(house.ask(house.operator_, "DELETE", "/v1/power/requests/1").status, 409U);
  const auto runs = house.ask(house.user, "GET", "/v1/jobs/" + std::to_string(waits.value));
  EXPECT_NE(member(runs.body, "summary.state"), "queued") << job.value;
}

}  // namespace
}  // namespace weir::gateway
