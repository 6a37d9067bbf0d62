#include "schedule/cost.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/json.h"
#include "base/money.h"
#include "base/read.h"
#include "base/wire.h"
#include "schedule/quota.h"

namespace weir::schedule::test {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 1h, 30min

base::Result<model::PriceTable> read(const std::string& yaml) {
  const auto document = base::parse_yaml(yaml, "prices.yaml");
  if (!document) return base::fail(document.error());
  return base::read_document<model::PriceTable>(*document);
}

constexpr const char* text = R"(
device_hours:
  - {device_model: nvidia-h100, price_micro_cny: 12.50 CNY}
  - {device_model: ascend-910b, price_micro_cny: 6 CNY}
cpu_hour_micro_cny: 0.10 CNY
)";

model::PriceTable prices() { return tidied(*read(text)); }

Held held(std::int64_t cpus, std::vector<model::DeviceCount> devices) {
  Held all;
  all.cpus = cpus;
  for (const model::DeviceCount& count : devices) {
    const std::int64_t milli = std::int64_t{count.count} * model::whole_device_milli;
    add(all, {0, milli, {{count.model, milli}}});
  }
  return all;
}

TEST(Prices, are_read_from_yaml_and_survive_json_and_wire) {
  const auto table = read(text);
  ASSERT_TRUE(table.has_value()) << table.error().text();
  EXPECT_TRUE(check_prices(*table).has_value());
  EXPECT_EQ(price_of(prices(), "ascend-910b")->price_micro_cny, 6'000'000);
  EXPECT_EQ(price_of(prices(), "nvidia-a100"), nullptr);
  EXPECT_EQ(read(base::to_json(*table)), *table);  // JSON is YAML
  EXPECT_EQ(base::from_wire<model::PriceTable>(base::to_wire(*table)), *table);
}

TEST(Prices, say_what_is_wrong_with_a_table) {
  EXPECT_EQ(read("device_hours: [{device_model: a}]").error().text(),
            "prices.yaml:1:16: device_hours[0].price_micro_cny: is missing");
  EXPECT_EQ(read("cpu_hour_micro_cny: 3 EUR").error().text(),
            "prices.yaml:1:21: cpu_hour_micro_cny: `3 EUR` is not in CNY; amounts are kept in CNY "
            "alone: write it as 500 CNY");
  EXPECT_EQ(check_prices({{{"a", -1}}, 0}).error().text(),
            "device_hours[0].price_micro_cny: -0.000001 CNY is no price of an hour; from 0 to a "
            "million CNY; what has no price costs nothing");
  EXPECT_EQ(check_prices({{{"a", 1'000'000'000'001}}, 0}).error().field,
            "device_hours[0].price_micro_cny");
  EXPECT_EQ(check_prices({{{"", 1}}, 0}).error().field, "device_hours[0].device_model");
  EXPECT_EQ(check_prices({{{"a", 1}, {"b", 1}, {"a", 2}}, 0}).error().field, "device_hours[2]");
  EXPECT_EQ(check_prices({{}, -1}).error().field, "cpu_hour_micro_cny");
}

TEST(Cost, counts_devices_and_cpus_by_the_hour) {
  const Cost cost = cost_of(prices(), held(8, {{"nvidia-h100", 2}, {"ascend-910b", 1}}));
  EXPECT_EQ(cost.devices_milli, 3000);
  EXPECT_EQ(cost.hour_micro_cny, 2 * 12'500'000 + 6'000'000 + 8 * 100'000);
  EXPECT_EQ(charge_of(cost, 30min), (Charge{3 * 1'800'000, 15'900'000}));
}

TEST(Cost, what_has_no_price_costs_nothing) {
  const Held some = held(0, {{"nvidia-a100", 4}, {"nvidia-h100", 1}});
  EXPECT_EQ(cost_of(prices(), some).hour_micro_cny, 12'500'000);
  EXPECT_EQ(without_price(prices(), some), std::vector<std::string>{"nvidia-a100"});
  EXPECT_EQ(cost_of({}, held(64, {{"nvidia-h100", 8}})).hour_micro_cny, 0);
}

TEST(Cost, is_rounded_up_to_a_millionth_once) {
  EXPECT_EQ(money_for(1, 1), 1);
  EXPECT_EQ(money_for(1, 3'600'000), 1);
  EXPECT_EQ(money_for(1, 3'600'001), 2);
  EXPECT_EQ(money_for(0, 3'600'000), 0);
  // Three devices at a third of a millionth each: not three times rounded.
  EXPECT_EQ(money_for(3, 1'200'000), 1);
}

TEST(Cost, of_too_much_is_more_than_any_budget) {
  const Cost cost = cost_of({{{"a", 1'000'000'000'000}}, 0}, held(0, {{"a", UINT32_MAX}}));
  EXPECT_EQ(cost.hour_micro_cny, amount_most);
  EXPECT_EQ(charge_of(cost, base::Duration::max()).micro_cny, amount_most);
  EXPECT_GT(amount_most, base::money_most_micro_cny);
  Charge sum{amount_most, amount_most};
  add(sum, sum);
  EXPECT_EQ(sum, (Charge{amount_most, amount_most}));
  subtract(sum, {1, amount_most});
  subtract(sum, {0, 1});
  EXPECT_EQ(sum, (Charge{amount_most - 1, 0}));
}

RC_GTEST_PROP(Cost, what_is_used_never_costs_more_than_was_charged, ()) {
  const Cost cost{*rc::gen::inRange<std::int64_t>(0, 100),
                  *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000)};
  const auto limit = *rc::gen::inRange<std::int64_t>(0, 10'000'000'000'000);
  const auto used = *rc::gen::inRange<std::int64_t>(0, limit + 1);
  const Charge charged = charge_of(cost, base::Duration(limit));
  const Charge spent = charge_of(cost, base::Duration(used));
  RC_ASSERT(spent.micro_cny <= charged.micro_cny && spent.device_ms <= charged.device_ms);
  Charge unused = charged;
  subtract(unused, spent);
  Charge all = spent;
  add(all, unused);
  RC_ASSERT(all == charged);
}

RC_GTEST_PROP(Cost, the_longest_that_fits_does_and_a_second_more_does_not, ()) {
  model::Budget budget;
  budget.device_seconds = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
  budget.money_micro_cny = *rc::gen::inRange<std::int64_t>(1, 1'000'000'000);
  const Cost cost{*rc::gen::inRange<std::int64_t>(0, 64),
                  *rc::gen::inRange<std::int64_t>(1, 1'000'000'000)};
  const auto longest = longest_within(budget, cost);
  RC_ASSERT(longest.has_value());
  RC_ASSERT(!over_budget("lab", budget, {}, cost, longest));
  RC_ASSERT(over_budget("lab", budget, {}, cost, *longest + 1s).has_value());
}

RC_GTEST_PROP(Cost, as_many_cpus_as_the_money_bears_and_none_more, ()) {
  model::PriceTable table{{{"a", *rc::gen::inRange<std::int64_t>(0, 10'000'000)}},
                          *rc::gen::inRange<std::int64_t>(1, 1'000'000)};
  const base::Duration time = std::chrono::milliseconds(*rc::gen::inRange(1, 100'000'000));
  Held devices = held(1, {{"a", 2}});
  const std::int64_t money = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
  const auto cost = [&](std::int64_t cpus) {
    devices.cpus = cpus;
    return charge_of(cost_of(table, devices), time).micro_cny;
  };
  RC_PRE(cost(1) <= money);
  const auto most = cpus_within(table, money, devices, time);
  RC_ASSERT(most && *most >= 1);
  RC_ASSERT(cost(*most) <= money);
  RC_ASSERT(cost(*most + 1) > money);
}

TEST(Budget, a_share_of_a_device_counts_as_one) {
  model::ResourceOption option;
  option.devices = {{"nvidia-h100", 1}};
  option.device_milli = 250;
  const Held asked = held_by(2, option);
  EXPECT_EQ(asked.devices_milli, 500);
  const Cost cost = cost_of(prices(), asked);
  EXPECT_EQ(cost.hour_micro_cny, 6'250'000 + 200'000);  // half of one, and a cpu on each node
  EXPECT_EQ(charge_of(cost, 1h).device_ms, 1'800'000);
  const model::Quota limit{std::nullopt, 1, {}};
  EXPECT_FALSE(over_limit("lab", limit, {0, 500, {}}, asked));
  EXPECT_EQ(over_limit("lab", limit, {0, 750, {}}, asked)->message,
            "asks for 0.5 devices; tenant lab may hold 1 and holds 0.75");
}

TEST(Budget, says_in_numbers_what_it_does_not_bear) {
  model::Budget budget{0, model::Period::month, 500'000'000};
  const Cost cost{1000, 12'500'000};
  const auto why = [&](const Charge& spent, std::optional<base::Duration> limit) {
    const auto over = over_budget("lab", budget, spent, cost, limit);
    return over ? over->message : "";
  };
  EXPECT_EQ(why({0, 495'100'000}, 1h),
            "asks for 12.50 CNY; tenant lab may spend 500 CNY this month and has spent 495.10");
  EXPECT_EQ(why({}, 41h), "asks for 512.50 CNY; tenant lab may spend 500 CNY a month");
  EXPECT_EQ(why({}, std::nullopt),
            "asks for what costs 12.50 CNY an hour, without a time limit; tenant lab has a budget "
            "of money, so it must say for how long");
  EXPECT_EQ(why({0, 487'500'000}, 1h), "");
  budget.device_seconds = 3600;
  EXPECT_EQ(why({1'800'000, 0}, 1h),
            "asks for 1h of device time; tenant lab may spend 1h a month and has 30m left");
}

TEST(Budget, does_not_ask_what_costs_nothing_for_a_time_limit) {
  const model::Budget budget{0, model::Period::day, 1};
  EXPECT_FALSE(over_budget("lab", budget, {}, {8000, 0}, std::nullopt));
  EXPECT_FALSE(over_budget("lab", budget, {0, 5}, {8000, 0}, 1h));
}

}  // namespace
}  // namespace weir::schedule::test
