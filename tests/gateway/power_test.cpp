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

}  // namespace
}  // namespace weir::gateway
