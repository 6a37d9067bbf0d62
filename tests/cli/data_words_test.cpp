#include "cli/data_words.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using model::DatasetVersion;
using model::ReplicaRule;

TEST(DatasetNames, may_name_a_version) {
  EXPECT_EQ(read_dataset_name("corpus"), (DatasetVersion{"corpus", 0}));
  EXPECT_EQ(read_dataset_name("corpus@3"), (DatasetVersion{"corpus", 3}));
  for (const char* text : {"", "@3", "corpus@", "corpus@0", "corpus@-1", "corpus@new", "corpus@3@4",
                           "corpus@99999999999"}) {
    const auto name = read_dataset_name(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().text(), "`" + std::string(text) +
                                       "` is no dataset; write it like corpus, or corpus@3 for its "
                                       "version 3");
  }
}

TEST(Rules, say_how_many_where_and_until_when) {
  EXPECT_EQ(read_rule("2"), (ReplicaRule{2, "", {}}));
  EXPECT_EQ(read_rule("2 in west"), (ReplicaRule{2, "west", {}}));
  EXPECT_EQ(read_rule("1 in the far west"), (ReplicaRule{1, "the far west", {}}));
  const base::Time june = *base::parse_time("2027-06-01T00:00Z");
  EXPECT_EQ(read_rule("1 until 2027-06-01"), (ReplicaRule{1, "", june}));
  EXPECT_EQ(read_rule("3 in CN until 2027-06-01T08:00+08:00"), (ReplicaRule{3, "CN", june}));
}

TEST(Rules, read_back_as_what_they_say) {
  for (const char* text :
       {"2", "2 in west", "1 until 2027-06-01T00:00:00Z", "3 in CN until 2027-06-01T00:00:00Z"}) {
    EXPECT_EQ(in_words(*read_rule(text)), text);
  }
}

TEST(Rules, are_refused_with_the_forms_that_work) {
  for (const char* text : {"", "west", "0", "-1", "two in west", "2 west", "2 in ", "1 until soon",
                           "1 in west until 2027-13-01"}) {
    const auto rule = read_rule(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_EQ(rule.error().field, "--rule");
    EXPECT_NE(rule.error().hint.find("`1 in CN until 2027-06-01`"), std::string::npos);
  }
}

TEST(Bandwidths, are_in_the_unit_that_says_most) {
  EXPECT_EQ(format_bandwidth(10'000'000'000), "10 Gbit/s");
  EXPECT_EQ(format_bandwidth(2'560'000), "2.5 Mbit/s");
  EXPECT_EQ(format_bandwidth(999), "999 bit/s");
  EXPECT_EQ(format_bandwidth(1'000), "1 kbit/s");
  EXPECT_EQ(format_bandwidth(4'000'000'000'000), "4 Tbit/s");
  EXPECT_EQ(format_round_trip(12'500), "12.5 ms");
  EXPECT_EQ(format_round_trip(0), "0 ms");
}

}  // namespace
}  // namespace weir::cli
