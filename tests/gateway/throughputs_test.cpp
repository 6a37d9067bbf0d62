#include <gtest/gtest.h>

#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

TEST(Throughputs, are_set_by_operators_and_seen_by_all) {
  House house;
  const std::string table =
      R"({"rates":[{"job_class":"train","device_model":"nvidia-h100","rate_micro":2000000}]})";
  EXPECT_EQ(house.ask(house.user, "PUT", "/v1/throughputs", table).status, 403U);
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/throughputs", table).status, 204U);
  const auto list = house.ask(house.user, "GET", "/v1/throughputs");
  EXPECT_EQ(member(list.body, "rates"), "1");
  EXPECT_EQ(member(list.body, "rates[0].job_class"), "train");
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/throughputs", R"({"rates":[]})").status, 204U);
  EXPECT_EQ(member(house.ask(house.user, "GET", "/v1/throughputs").body, "rates"), "0");
}

TEST(Throughputs, are_refused_where_they_make_no_sense) {
  House house;
  const auto refused = [&](const std::string& row, const std::string& field) {
    const auto response =
        house.ask(house.operator_, "PUT", "/v1/throughputs", R"({"rates":[)" + row + "]}");
    EXPECT_EQ(response.status, 400U) << row;
    EXPECT_EQ(member(response.body, "field"), field) << row;
  };
  refused(R"({"job_class":"a","device_model":"b","rate_micro":0})", "rates[0].rate_micro");
  refused(R"({"job_class":"a","device_model":"b"})", "rates[0].rate_micro");
  refused(R"({"job_class":"a","device_model":"b","rate_micro":1,"devices":0})", "rates[0].devices");
}

}  // namespace
}  // namespace weir::gateway
