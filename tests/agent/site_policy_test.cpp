// The file in which the owner of a site says what he lets in.
#include <gtest/gtest.h>

#include "agent/site_policy.h"

namespace weir::agent::test {
namespace {

constexpr int eight = 8 * 60;
constexpr int noon = 12 * 60;
constexpr int ten_at_night = 22 * 60;

SitePolicy policy_of(const char* yaml) {
  auto policy = parse_site_policy(yaml, "site.yaml");
  EXPECT_TRUE(policy) << policy.error().text();
  return policy ? *policy : SitePolicy();
}

std::vector<model::Node> nodes() {
  model::Node node;
  node.devices.resize(2);
  node.devices[0].model = "nvidia-a100";
  node.devices[1].model = "ascend-910b";
  return {node};
}

// What is told at noon; "": it is let in.
std::string told(const SitePolicy& policy, const model::AttemptWish& wish) {
  const auto refused = refusal(policy, wish, nodes(), noon);
  return refused ? refused->reason : "";
}

model::AttemptWish wish_of(std::vector<std::uint32_t> devices = {}) {
  model::AttemptWish wish;
  wish.tenant = "lab-a";
  model::RankWish rank;
  rank.devices = std::move(devices);
  wish.ranks = {rank};
  return wish;
}

TEST(SitePolicy, an_empty_file_lets_everything_in) {
  EXPECT_EQ(told(policy_of(""), wish_of({0, 1})), "");
  EXPECT_TRUE(is_open_at(policy_of(""), noon));
}

TEST(SitePolicy, tenants_are_let_in_by_pattern_and_shut_out_by_name) {
  const SitePolicy policy = policy_of("tenants: {allow: [lab-*], deny: [lab-guest]}");
  model::AttemptWish wish = wish_of();
  EXPECT_EQ(told(policy, wish), "");
  wish.tenant = "lab-guest";
  EXPECT_EQ(told(policy, wish), "its owner does not let tenant lab-guest in");
  wish.tenant = "firm";
  EXPECT_NE(told(policy, wish), "");
}

TEST(SitePolicy, devices_are_kept_back_by_model) {
  const SitePolicy policy = policy_of("devices: {deny: [ascend-*]}");
  EXPECT_EQ(told(policy, wish_of({0})), "");
  EXPECT_EQ(told(policy, wish_of({1})), "its owner gives no ascend-910b away");
}

TEST(SitePolicy, a_price_is_the_least_for_what_is_taken) {
  const SitePolicy policy = policy_of("price_least: {nvidia-a100: 3.5}");
  model::AttemptWish wish = wish_of({0});
  wish.hour_micro_cny = 3'000'000;
  EXPECT_EQ(told(policy, wish),
            "its owner wants at least 3.5 CNY an hour for it, and it brings in 3");
  wish.hour_micro_cny = 3'500'000;
  EXPECT_EQ(told(policy, wish), "");
  wish.ranks[0].device_milli = model::whole_device_milli / 2;
  wish.hour_micro_cny = 1'750'000;
  EXPECT_EQ(told(policy, wish), "");
}

TEST(SitePolicy, what_has_no_limit_may_take_for_ever) {
  const SitePolicy policy = policy_of("time_limit_most: 12h");
  model::AttemptWish wish = wish_of();
  EXPECT_NE(told(policy, wish), "");
  wish.time_limit = std::chrono::hours(12);
  EXPECT_EQ(told(policy, wish), "");
}

TEST(SitePolicy, data_stays_out_or_in) {
  const SitePolicy policy =
      policy_of("inputs: {allow: [public-*]}\noutputs: {deny: ['*']}\nfolders: false");
  model::AttemptWish wish = wish_of();
  wish.inputs.push_back({"data", {"public-text", 1}, "", ""});
  EXPECT_EQ(told(policy, wish), "");
  wish.inputs.push_back({"more", {"secret-text", 1}, "", ""});
  EXPECT_EQ(told(policy, wish), "its owner does not let dataset secret-text in");
  wish.inputs.clear();
  wish.outputs.push_back({"out", "model"});
  EXPECT_EQ(told(policy, wish), "its owner does not let dataset model be made there");
  wish.outputs.clear();
  wish.workdir = "a folder";
  EXPECT_EQ(told(policy, wish), "its owner lets no folders in");
}

TEST(SitePolicy, hours_may_go_over_midnight) {
  const SitePolicy policy = policy_of("hours: ['20:00-08:00', '12:00-13:00']");
  EXPECT_TRUE(is_open_at(policy, ten_at_night));
  EXPECT_TRUE(is_open_at(policy, 0));
  EXPECT_FALSE(is_open_at(policy, eight));
  EXPECT_TRUE(is_open_at(policy, noon));
  const auto refused = refusal(policy, wish_of(), nodes(), eight);
  ASSERT_TRUE(refused);
  EXPECT_TRUE(refused->passes);
}

TEST(SitePolicy, what_is_wrong_is_told_with_its_place) {
  const auto span = parse_site_policy("hours: ['20:00-08:00', 'at night']", "site.yaml");
  ASSERT_FALSE(span);
  EXPECT_NE(span.error().text().find("site.yaml:1"), std::string::npos) << span.error().text();
  EXPECT_NE(span.error().text().find("20:00-08:00"), std::string::npos);
  const auto field = parse_site_policy("tenant: {allow: [a]}", "site.yaml");
  ASSERT_FALSE(field);
  EXPECT_NE(field.error().text().find("tenants"), std::string::npos) << field.error().text();
  EXPECT_FALSE(parse_site_policy("price_least: {a: -1}", "site.yaml"));
  EXPECT_FALSE(parse_site_policy("hours: ['25:00-26:00']", "site.yaml"));
}

}  // namespace
}  // namespace weir::agent::test
