#include "base/json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/base/support/sample.h"

using namespace weir::base;
using sample::Everything;

TEST(Json, shows_a_struct_in_the_order_of_its_description) {
  Everything value;
  value.text = "say \"weir\"\n堰";
  value.wait = 90min;
  value.grace_s = 1500ms;
  value.age_us = 7us;
  value.note = "n";
  value.points = {{1, 2}, {3, 4}};
  value.colours = {sample::Colour::red, sample::Colour::site_lost};
  value.numbers = {3, -1};
  value.named = {{"a\"b", {5, 6}}};
  value.jobs = {{{9}, "nine"}};
  value.bytes = {std::byte{0xAB}};
  value.fact = sample::JobSubmitted{{4}, "j"};
  value.facts = {sample::Nothing{}};
  value.range = {32, std::nullopt};
  value.memory = {1 << 30, std::int64_t{2} << 30};
  EXPECT_EQ(to_json(value),
            R"({"yes":false,"small":0,"large":0,"huge":0,"ratio":0,"text":"say \"weir\"\n堰",)"
            R"("colour":"default","job":0,"wait":"1h30m","grace_s":1.5,"age_us":7,)"
            R"("at":"1970-01-01T00:00:00Z","note":"n","points":[{"x":1,"y":2},{"x":3,"y":4}],)"
            R"("colours":["red","site-lost"],"numbers":[-1,3],"three":[0,0,0],)"
            R"("named":{"a\"b":{"x":5,"y":6}},"jobs":{"9":"nine"},"bytes":"ab",)"
            R"("digest":"0000000000000000000000000000000000000000000000000000000000000000",)"
            R"("fact":{"type":"job_submitted","job":4,"name":"j"},"facts":[{"type":"nothing"}],)"
            R"("range":"32+","memory":"1GiB..2GiB","memory_bytes":0,"random":{"state":0}})");
}

RC_GTEST_PROP(Json, reads_back_as_the_same_value, ()) {
  const Everything value = *sample::everything();
  const std::string text = to_json(value);
  const auto read = from_json<Everything>(text);
  if (!read) RC_FAIL(read.error().text() + " in " + text);
  RC_ASSERT(*read == value);
}

TEST(Json, shows_numbers_that_are_not_finite_as_null) {
  std::string out;
  append_json_number(out, std::nan(""));
  append_json_number(out, std::numeric_limits<double>::infinity());
  EXPECT_EQ(out, "nullnull");
}

TEST(Json, is_valid_whatever_bytes_a_text_holds) {
  std::string out;
  append_json_text(out, std::string_view("a\xff\x00\x1f\x7f\xE5\xA0", 7));
  EXPECT_EQ(out, "\"a\uFFFD\\u0000\\u001f\\u007f\uFFFD\uFFFD\"");
  EXPECT_TRUE(parse_json(out));
}

RC_GTEST_PROP(Json, of_any_bytes_as_text_is_valid, (const std::string& bytes)) {
  std::string out;
  append_json_text(out, bytes);
  RC_ASSERT(parse_json(out).has_value());
}

TEST(Json, reads_with_place_and_field) {
  EXPECT_EQ(from_json<sample::Point>("{\"x\": 1,\n\"z\": 2}").error().text(),
            "2:1: z: unknown field; known fields: x, y");
  EXPECT_EQ(from_json<sample::Point>("{").error().code, ErrorCode::invalid);
  EXPECT_EQ(from_json<sample::Point>("{\"x\":1}", {.bytes = 3}).error().code, ErrorCode::too_large);
}

TEST(Json, reads_durations_by_the_unit_in_their_name) {
  const auto value = from_json<Everything>(
      R"({"wait": 90, "grace_s": -2.5, "age_us": "1h", "memory_bytes": "1KiB"})");
  ASSERT_TRUE(value) << value.error().text();
  EXPECT_EQ(value->wait, 90s);
  EXPECT_EQ(value->grace_s, -2500ms);
  EXPECT_EQ(value->age_us, 1h);
  EXPECT_EQ(value->memory_bytes, 1024);
}

TEST(Json, refuses_a_map_key_that_is_no_number) {
  EXPECT_EQ(from_json<Everything>(R"({"jobs": {"x": "y"}})").error().text(),
            "1:11: jobs.x: the key is text, expected a whole number");
}
