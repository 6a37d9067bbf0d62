#include <gtest/gtest.h>

#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

TEST(Prices, are_set_by_operators_and_seen_by_all) {
  House house;
  const std::string table =
      R"({"device_hours":[{"device_model":"nvidia-h100","price_micro_cny":"12.50 CNY"}],)"
      R"("cpu_hour_micro_cny":100000})";
  EXPECT_EQ(house.ask(house.user, "PUT", "/v1/prices", table).status, 403U);
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/prices", table).status, 204U);
  const auto list = house.ask(house.user, "GET", "/v1/prices");
  EXPECT_EQ(member(list.body, "prices.device_hours[0].price_micro_cny"), "12500000");
  EXPECT_EQ(member(list.body, "prices.cpu_hour_micro_cny"), "100000");
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/prices", "{}").status, 204U);
  const auto none = house.ask(house.user, "GET", "/v1/prices");
  EXPECT_EQ(member(none.body, "prices.device_hours"), "0");
}

TEST(Prices, are_refused_where_they_make_no_sense) {
  House house;
  const auto refused = [&](const std::string& row, const std::string& field) {
    const auto response =
        house.ask(house.operator_, "PUT", "/v1/prices", R"({"device_hours":[)" + row + "]}");
    EXPECT_EQ(response.status, 400U) << row;
    EXPECT_EQ(member(response.body, "field"), field) << row;
  };
  refused(R"({"device_model":"a","price_micro_cny":-1})", "device_hours[0].price_micro_cny");
  refused(R"({"device_model":"a","price_micro_cny":"5 USD"})", "device_hours[0].price_micro_cny");
  refused(R"({"device_model":"a"})", "device_hours[0].price_micro_cny");
  refused(R"({"device_model":"","price_micro_cny":1})", "device_hours[0].device_model");
}

}  // namespace
}  // namespace weir::gateway
