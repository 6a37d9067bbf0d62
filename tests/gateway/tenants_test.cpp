#include <gtest/gtest.h>

#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

TEST(Tenants, are_set_listed_and_taken_back_by_operators) {
  House house;
  const std::string lab = R"({"path":"lab","weight":2,"limit":{"cpus":8}})";
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/tenants", lab).status, 204U);
  const auto list = house.ask(house.operator_, "GET", "/v1/tenants");
  EXPECT_EQ(member(list.body, "tenants"), "1");
  EXPECT_EQ(member(list.body, "tenants[0].path"), "lab");
  EXPECT_EQ(member(list.body, "tenants[0].weight"), "2");
  EXPECT_EQ(member(list.body, "tenants[0].limit.cpus"), "8");
  EXPECT_EQ(house.ask(house.operator_, "DELETE", "/v1/tenants?path=lab").status, 204U);
  EXPECT_EQ(house.ask(house.operator_, "DELETE", "/v1/tenants?path=lab").status, 404U);
}

TEST(Tenants, are_set_by_nobody_else) {
  House house;
  EXPECT_EQ(house.ask(house.user, "PUT", "/v1/tenants", R"({"path":"lab"})").status, 403U);
  EXPECT_EQ(house.ask(house.user, "DELETE", "/v1/tenants?path=lab").status, 403U);
}

TEST(Tenants, are_not_there_for_others) {
  House house;
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/tenants", R"({"path":"strangers"})").status,
            204U);
  EXPECT_EQ(member(house.ask(house.user, "GET", "/v1/tenants").body, "tenants"), "0");
}

TEST(Tenants, are_refused_where_they_make_no_sense) {
  House house;
  const auto refused = [&](const std::string& body, const std::string& field) {
    const auto response = house.ask(house.operator_, "PUT", "/v1/tenants", body);
    EXPECT_EQ(response.status, 400U) << body;
    EXPECT_EQ(member(response.body, "field"), field) << body;
  };
  refused(R"({"weight":1})", "path");
  refused(R"({"path":"lab/"})", "path");
  refused(R"({"path":"a/b/c/d/e"})", "path");
  refused(R"({"path":"lab","weight":0})", "weight");
  refused(R"({"path":"lab","limit":{"cpus":2},"guarantee":{"cpus":3}})", "guarantee.cpus");
  refused(R"({"path":"lab","budget":{"device_seconds":0}})", "budget.device_seconds");
  refused(R"({"path":"lab","budget":{"device_seconds":-1,"money_micro_cny":1}})",
          "budget.device_seconds");
  refused(R"({"path":"lab","budget":{"money_micro_cny":"0 CNY"}})", "budget.money_micro_cny");
  refused(R"({"path":"lab","budget":{"money_micro_cny":"5 EUR"}})", "budget.money_micro_cny");
}

}  // namespace
}  // namespace weir::gateway
