#include <gtest/gtest.h>

#include "tests/gateway/support/house.h"

namespace weir::gateway {
namespace {

TEST(Policy, is_set_by_operators_and_seen_by_all) {
  House house;
  const std::string own = R"({"order":"arrival","rounds":{"turns":"remaining","length":"5m"}})";
  EXPECT_EQ(house.ask(house.user, "PUT", "/v1/policy", own).status, 403U);
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/policy", own).status, 204U);
  const auto policy = house.ask(house.user, "GET", "/v1/policy");
  EXPECT_EQ(member(policy.body, "order"), "arrival");
  EXPECT_EQ(member(policy.body, "rounds.turns"), "remaining");
  EXPECT_EQ(member(policy.body, "placing"), "tightest");
  // What it says of itself can be given back.
  EXPECT_EQ(house.ask(house.operator_, "PUT", "/v1/policy", policy.body).status, 204U);
  EXPECT_EQ(house.ask(house.user, "GET", "/v1/policy").body, policy.body);
}

TEST(Policy, is_refused_where_it_makes_no_sense) {
  House house;
  const auto short_round =
      house.ask(house.operator_, "PUT", "/v1/policy", R"({"rounds":{"length":"1s"}})");
  EXPECT_EQ(short_round.status, 400U);
  EXPECT_EQ(member(short_round.body, "field"), "rounds.length");
  const auto no_rule = house.ask(house.operator_, "PUT", "/v1/policy", R"({"order":"quickest"})");
  EXPECT_EQ(no_rule.status, 400U);
  EXPECT_EQ(member(no_rule.body, "field"), "order");
}

}  // namespace
}  // namespace weir::gateway
