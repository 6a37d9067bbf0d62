#include "http/target.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace weir::http {
namespace {

using Segments = std::vector<std::string>;
using Query = std::vector<std::pair<std::string, std::string>>;

Segments segments(std::string_view text) {
  const auto target = parse_target(text);
  return target ? target->segments : Segments{"<" + target.error().message + ">"};
}
Query query(std::string_view text) {
  const auto target = parse_target(text);
  return target ? target->query : Query{{"error", target.error().message}};
}

TEST(Target, is_cut_at_slashes_and_each_segment_is_decoded) {
  EXPECT_EQ(segments("/"), Segments{});
  EXPECT_EQ(segments("/v1/jobs"), (Segments{"v1", "jobs"}));
  EXPECT_EQ(segments("/v1/jobs/"), (Segments{"v1", "jobs", ""}));
  EXPECT_EQ(segments("/a//b"), (Segments{"a", "", "b"}));
  EXPECT_EQ(segments("/a%2Fb/c%20d"), (Segments{"a/b", "c d"}));
  EXPECT_EQ(segments("/%E7%AE%97%E5%A0%B0"), (Segments{"算堰"}));
  EXPECT_EQ(segments("/jobs/j-1:cancel"), (Segments{"jobs", "j-1:cancel"}));
  EXPECT_EQ(segments("/a+b"), (Segments{"a+b"}));
  EXPECT_EQ(segments("*"), Segments{});
}

TEST(Target, has_query_parameters_in_order) {
  EXPECT_EQ(query("/a?limit=5&state=running&state=queued"),
            (Query{{"limit", "5"}, {"state", "running"}, {"state", "queued"}}));
  EXPECT_EQ(query("/a?follow"), (Query{{"follow", ""}}));
  EXPECT_EQ(query("/a?name=x+y%2Bz%26"), (Query{{"name", "x y+z&"}}));
  EXPECT_EQ(query("/a"), Query{});
  EXPECT_EQ(query("/a?text=%0A"), (Query{{"text", "\n"}}));
}

TEST(Target, may_have_the_absolute_form) {
  const auto target = parse_target("http://localhost:8080/v1/jobs?limit=5");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->authority, "localhost:8080");
  EXPECT_EQ(target->segments, (Segments{"v1", "jobs"}));
  EXPECT_EQ(target->query, (Query{{"limit", "5"}}));
}

TEST(Target, that_could_be_read_in_two_ways_is_refused) {
  for (const std::string_view text : {"",
                                      "jobs",
                                      "//evil/path",
                                      "http://localhost//evil/path",
                                      "/a/../b",
                                      "/a/./b",
                                      "/./b?c",
                                      "http://localhost:./b",
                                      "/..",
                                      "/%2e%2e/b",
                                      "/a%00b",
                                      "/a%0Ab",
                                      "/a%7F",
                                      "/a#b",
                                      "/%zz",
                                      "/%",
                                      "/a b",
                                      "/a\tb",
                                      "localhost:80",
                                      "http://",
                                      "http:///a",
                                      "ftp://localhost/a",
                                      "http://user:pw@localhost/a",
                                      "javascript:alert(1)",
                                      "/\xff\xfe",
                                      "?a=b",
                                      "**"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
}

RC_GTEST_PROP(Target, gives_back_whatever_was_encoded,
              (std::vector<std::string> names, const std::string& value)) {
  std::string text = "/first";
  for (std::string& name : names) {
    std::erase_if(name, [](unsigned char letter) { return letter < 0x20 || letter == 0x7f; });
    if (name == "." || name == "..") name = "...";
    text += '/' + encode_component(name);
  }
  const auto target = parse_target(text + "?key=" + encode_component(value));
  names.insert(names.begin(), "first");
  RC_ASSERT(target.has_value());
  RC_ASSERT(target->segments == names);
  RC_ASSERT(target->query == (Query{{"key", value}}));
}

RC_GTEST_PROP(Target, never_crashes_on_any_bytes, (const std::string& bytes)) {
  const auto target = parse_target("/" + bytes);
  if (target) RC_ASSERT(target->segments.size() <= bytes.size() + 1);
}

}  // namespace
}  // namespace weir::http
