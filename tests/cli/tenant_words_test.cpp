#include "cli/tenant_words.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using model::Budget;
using model::Period;

TEST(BudgetWords, are_device_time_money_or_both) {
  EXPECT_EQ(read_budget("500h/week"), (Budget{1'800'000, Period::week}));
  EXPECT_EQ(read_budget("2000 CNY/month"), (Budget{0, Period::month, 2'000'000'000}));
  EXPECT_EQ(read_budget("0.50CNY/day"), (Budget{0, Period::day, 500'000}));
  EXPECT_EQ(read_budget("500h,2000 CNY/month"), (Budget{1'800'000, Period::month, 2'000'000'000}));
  EXPECT_EQ(read_budget("2000 CNY,500h/month"), (Budget{1'800'000, Period::month, 2'000'000'000}));
}

TEST(BudgetWords, say_what_is_none) {
  const std::string forms =
      "device time, money or both in a period: 500h/week, '2000 CNY/month', '500h,2000 CNY/month'";
  for (const char* text : {"", "500h", "500h/year", "/week", "500h,/week", "500h,3h/week",
                           "5 CNY,6 CNY/week", "500 USD/week"}) {
    const auto budget = read_budget(text);
    ASSERT_FALSE(budget) << text;
    EXPECT_EQ(budget.error().text(),
              "--budget: `" + std::string(text) + "` is no budget; " + forms);
  }
  EXPECT_EQ(read_budget("1.2345678 CNY/week").error().text(),
            "--budget: `1.2345678 CNY/week` is no budget; `1.2345678 CNY` is finer than a "
            "millionth of a CNY");
}

TEST(BudgetWords, show_what_is_spent_of_what_is_bounded) {
  model::TenantView tenant;
  EXPECT_EQ(budget_in_words(tenant), "");
  tenant.budget = Budget{36'000, Period::week};
  tenant.spent_device_seconds = 3600;
  EXPECT_EQ(budget_in_words(tenant), "1h of 10h/week");
  tenant.budget->money_micro_cny = 500'000'000;
  tenant.spent_micro_cny = 495'100'000;
  EXPECT_EQ(budget_in_words(tenant), "1h of 10h, 495.10 of 500 CNY/week");
  tenant.budget->device_seconds = 0;
  EXPECT_EQ(budget_in_words(tenant), "495.10 of 500 CNY/week");
}

}  // namespace
}  // namespace weir::cli
