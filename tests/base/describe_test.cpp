#include "base/describe.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/base/support/sample.h"

using namespace weir::base;
using sample::Colour;

TEST(EnumText, is_the_name_with_dashes_and_no_keyword_mark) {
  EXPECT_EQ(enum_name(Colour::red), "red");
  EXPECT_EQ(enum_name(Colour::site_lost), "site-lost");
  EXPECT_EQ(enum_name(Colour::default_), "default");
  EXPECT_EQ(enum_name(static_cast<Colour>(77)), "");
  const auto& names = enum_names<Colour>();
  EXPECT_EQ(std::vector<std::string_view>(names.begin(), names.end()),
            (std::vector<std::string_view>{"red", "site-lost", "default"}));
}

TEST(EnumText, is_read_with_dashes_or_underscores) {
  EXPECT_EQ(enum_from<Colour>("site-lost"), Colour::site_lost);
  EXPECT_EQ(enum_from<Colour>("site_lost"), Colour::site_lost);
  EXPECT_EQ(enum_from<Colour>("default"), Colour::default_);
  EXPECT_EQ(enum_from<Colour>("default_"), std::nullopt);
  EXPECT_EQ(enum_from<Colour>("Red"), std::nullopt);
  EXPECT_EQ(enum_from<Colour>(""), std::nullopt);
}

TEST(EnumText, is_known_while_compiling) {
  static_assert(enum_name(Colour::site_lost) == "site-lost");
  static_assert(enum_from<Colour>("red") == Colour::red);
}

TEST(TypeName, is_without_namespace_and_in_snake_case_for_variants) {
  EXPECT_EQ(type_name<sample::JobSubmitted>(), "JobSubmitted");
  EXPECT_EQ(type_key<sample::JobSubmitted>(), "job_submitted");
  EXPECT_EQ(type_key<sample::Nothing>(), "nothing");
  EXPECT_EQ(member_count<sample::Nothing>, 0U);
  EXPECT_EQ(member_count<sample::Point>, 2U);
}
