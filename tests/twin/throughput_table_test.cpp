#include "twin/traces/throughput_table.h"

#include <gtest/gtest.h>

namespace weir::twin::traces::test {
namespace {

constexpr std::string_view text = R"json({
  "v100": {
    "('LM (batch size 5)', 2)": {"null": 8, "('A3C', 2)": [3.5, 1.25]},
    "('A3C', 2)": {"null": 4.5, "('LM (batch size 5)', 2)": [1.25, 3.5], "('A3C', 2)": [2, 2]}
  },
  "k80_unconsolidated": {"('A3C', 2)": {"null": 0.0}}
})json";

TEST(ThroughputTable, knows_each_kind_at_each_place) {
  const auto table = read_gavel_throughputs(text);
  ASSERT_TRUE(table) << table.error().text();
  ASSERT_EQ(table->kinds.size(), 2U);
  ASSERT_EQ(table->places.size(), 2U);
  const auto v100 = table->find_place("v100");
  const auto k80 = table->find_place("k80", false);
  const auto lm = table->find_kind("LM (batch size 5)", 2);
  const auto a3c = table->find_kind("A3C", 2);
  ASSERT_TRUE(v100 && k80 && lm && a3c);
  EXPECT_EQ(table->rate(*lm, *v100), 8.0);
  EXPECT_EQ(table->rate(*a3c, *k80), 0.0) << "tried, and does not run";
  EXPECT_EQ(table->rate(*lm, *k80), std::nullopt) << "not measured";
  EXPECT_FALSE(table->find_place("k80"));
  EXPECT_FALSE(table->find_kind("A3C", 1));
}

TEST(ThroughputTable, a_pair_can_be_asked_for_from_both_sides) {
  const auto table = read_gavel_throughputs(text);
  ASSERT_TRUE(table) << table.error().text();
  const auto v100 = table->find_place("v100").value();
  const auto lm = table->find_kind("LM (batch size 5)", 2).value();
  const auto a3c = table->find_kind("A3C", 2).value();
  EXPECT_EQ(table->pairs.size(), 2U);
  EXPECT_EQ(table->pair_rate(lm, a3c, v100), (ThroughputTable::PairRate{3.5, 1.25}));
  EXPECT_EQ(table->pair_rate(a3c, lm, v100), (ThroughputTable::PairRate{1.25, 3.5}));
  EXPECT_EQ(table->pair_rate(lm, lm, v100), std::nullopt);
}

TEST(ThroughputTable, what_is_of_another_shape_is_refused_with_its_place) {
  const auto refusal = [](std::string_view bad) {
    const auto table = read_gavel_throughputs(bad);
    return table ? std::string("accepted") : table.error().text();
  };
  EXPECT_EQ(refusal("{\"v100\": {\"A3C\": {\"null\": 1}}}"),
            "the kind `A3C` is in no known form; write it as ('LM (batch size 10)', 2)");
  EXPECT_NE(refusal("{\"v100\": {\"('A', 0)\": {\"null\": 1}}}"), "accepted");
  EXPECT_EQ(refusal("{\"v100\": {\"('A', 1)\": {\"null\": [1, 2]}}}"),
            "('A', 1): has two rates for a job alone");
  EXPECT_EQ(refusal("{\"v100\": {\"('A', 1)\": {\"('A', 1)\": 1}}}"),
            "('A', 1): has one rate for the two jobs of a pair");
  EXPECT_EQ(refusal("{\"v100\": {\"('A', 1)\": {\"('B', 1)\": [1, 2]}, "
                    "\"('B', 1)\": {\"('A', 1)\": [1, 2]}}}"),
            "('B', 1): the pair is told twice, with different rates");
  EXPECT_NE(refusal("{\"v100\": {\"('A', 1)\": {\"null\": -1}}}").find("cannot be below 0"),
            std::string::npos);
  EXPECT_NE(refusal("{\"v100\":\n {\"('A', 1)\": {\"null\": \"x\"}}}").find("2:"),
            std::string::npos);
  EXPECT_NE(refusal("[]"), "accepted");
}

}  // namespace
}  // namespace weir::twin::traces::test
