#include "base/money.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/read.h"
#include "base/schema.h"

namespace weir::base {
namespace {

struct Bill {
  std::int64_t cost_micro_cny = 0;
  std::optional<std::uint64_t> most_micro_cny;
};
WEIR_DESCRIBE(Bill, cost_micro_cny, most_micro_cny)

TEST(Money, is_read_as_people_write_it) {
  const std::vector<std::pair<std::string, std::int64_t>> table{
      {"500 CNY", 500'000'000},
      {"500CNY", 500'000'000},
      {"12.50 CNY", 12'500'000},
      {"0.000001 CNY", 1},
      {"0 CNY", 0},
      {"007.1 CNY", 7'100'000},
      {"1000000000000 CNY", money_most_micro_cny},
  };
  for (const auto& [text, expected] : table) {
    const auto read = parse_money(text);
    ASSERT_TRUE(read) << text << ": " << read.error().text();
    EXPECT_EQ(*read, expected) << text;
  }
}

TEST(Money, says_why_a_text_is_none) {
  const auto why = [](const std::string& text) { return parse_money(text).error().text(); };
  EXPECT_EQ(why("500"), "`500` is no amount of money; write it as 500 CNY or 12.50 CNY");
  for (const char* text : {"", "CNY", ".5 CNY", "5. CNY", "-5 CNY", "5  CNY", "5 cny", "5e3 CNY"}) {
    EXPECT_EQ(why(text), "`" + std::string(text) +
                             "` is no amount of money; write it as 500 CNY or 12.50 CNY");
  }
  EXPECT_EQ(why("5 USD"),
            "`5 USD` is not in CNY; amounts are kept in CNY alone: write it as 500 CNY");
  EXPECT_EQ(why("0.0000001 CNY"),
            "`0.0000001 CNY` is finer than a millionth of a CNY; at most six digits stand behind "
            "the point");
  const std::string too_much = "is more than a million million CNY";
  EXPECT_TRUE(why("1000000000001 CNY").ends_with(too_much));
  EXPECT_TRUE(why("1000000000000.01 CNY").ends_with(too_much));
  EXPECT_TRUE(why(std::string(60, '9') + " CNY").ends_with(too_much));
}

TEST(Money, is_written_exactly_and_no_longer_than_that_takes) {
  EXPECT_EQ(format_money(0), "0 CNY");
  EXPECT_EQ(format_money(500'000'000), "500 CNY");
  EXPECT_EQ(format_money(12'500'000), "12.50 CNY");
  EXPECT_EQ(format_money(12'345'670), "12.34567 CNY");
  EXPECT_EQ(format_money(1), "0.000001 CNY");
  EXPECT_EQ(format_money(-1'050'000), "-1.05 CNY");
}

RC_GTEST_PROP(Money, reads_back_what_was_written, ()) {
  const auto amount = *rc::gen::inRange<std::int64_t>(0, money_most_micro_cny + 1);
  const auto read = parse_money(format_money(amount));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == amount);
}

TEST(Money, is_read_where_the_name_of_the_member_says_so) {
  const auto read = [](const std::string& yaml) {
    return read_document<Bill>(*parse_yaml(yaml, "bill.yaml"));
  };
  EXPECT_EQ(read("cost_micro_cny: 12.50 CNY")->cost_micro_cny, 12'500'000);
  EXPECT_EQ(read("cost_micro_cny: 12500000")->cost_micro_cny, 12'500'000);
  EXPECT_EQ(read("{most_micro_cny: 3 CNY}")->most_micro_cny, 3'000'000U);
  EXPECT_EQ(read("cost_micro_cny: 12.5").error().text(),
            "bill.yaml:1:17: cost_micro_cny: `12.5` is no amount of money; write it as 500 CNY or "
            "12.50 CNY");
  EXPECT_EQ(to_json(*read("cost_micro_cny: 0.05 CNY")), R"({"cost_micro_cny":50000})");
}

}  // namespace
}  // namespace weir::base
