#include "base/document.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "tests/base/support/sample.h"

using namespace weir::base;

namespace {

DocumentKind yaml_kind(const std::string& scalar) {
  const auto document = parse_yaml("x: " + scalar, "");
  if (!document) throw std::runtime_error(document.error().text());
  return document->find("x")->kind();
}

std::string yaml_error(const std::string& text, DocumentLimits limits = {}) {
  const auto document = parse_yaml(text, "job.yaml", limits);
  return document ? "" : document.error().text();
}

std::string json_error(const std::string& text, DocumentLimits limits = {}) {
  const auto document = parse_json(text, "body", limits);
  return document ? "" : document.error().text();
}

std::string place_text(const Place& place) {
  return std::to_string(place.line) + ":" + std::to_string(place.column);
}

}  // namespace

TEST(Yaml, types_plain_scalars_by_the_core_schema) {
  for (const std::string text : {"true", "True", "TRUE", "false"}) {
    EXPECT_EQ(yaml_kind(text), DocumentKind::boolean) << text;
  }
  for (const std::string text : {"0", "-7", "+7", "007", "0x1F", "0o17", "18446744073709551615"}) {
    EXPECT_EQ(yaml_kind(text), DocumentKind::integer) << text;
  }
  for (const std::string text : {"1.5", "-.5", "5.", "3e-4", "1E+9", ".inf", "-.INF", ".nan",
                                 "18446744073709551616", "1e999"}) {
    EXPECT_EQ(yaml_kind(text), DocumentKind::number) << text;
  }
  for (const std::string text : {"null", "~", "", "NULL"}) {
    EXPECT_EQ(yaml_kind(text), DocumentKind::null) << text;
  }
  for (const std::string text :
       {"on",     "off",  "yes",     "no",         "24h",  "1_000", "0b1", "1.2.3", "08:00",
        "inf",    "nan",  "+",       ".",          "0x",   "1e",    "--1", "tRue",  "\"5\"",
        "'true'", "\"\"", "!!str 5", "2026-12-01", "0xZZ", "e5",    "+-1"}) {
    EXPECT_EQ(yaml_kind(text), DocumentKind::text) << text;
  }
}

TEST(Yaml, keeps_numbers_as_they_were_written) {
  const auto document = parse_yaml("{LR: 3e-4, N: 0x1F, T: True, Z: -12}", "");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->find("LR")->text(), "3e-4");
  EXPECT_DOUBLE_EQ(document->find("LR")->number(), 3e-4);
  EXPECT_EQ(document->find("N")->text(), "0x1F");
  EXPECT_EQ(document->find("N")->magnitude(), 31U);
  EXPECT_EQ(document->find("T")->text(), "True");
  EXPECT_TRUE(document->find("T")->boolean());
  EXPECT_TRUE(document->find("Z")->negative());
  EXPECT_DOUBLE_EQ(document->find("Z")->number(), -12.0);
  EXPECT_TRUE(document->find("LR")->may_be_text());
}

TEST(Yaml, knows_where_each_key_and_value_stands) {
  const auto document = parse_yaml("a: 1\nlist:\n  - {x: 1}\n  -   two\n", "f.yaml");
  ASSERT_TRUE(document);
  const auto entries = document->entries();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(place_text(entries[0].key.place()), "1:1");
  EXPECT_EQ(place_text(entries[0].value.place()), "1:4");
  EXPECT_EQ(place_text(entries[1].key.place()), "2:1");
  const auto items = entries[1].value.items();
  EXPECT_EQ(place_text(items[0].place()), "3:5");
  EXPECT_EQ(place_text(items[0].entries()[0].value.place()), "3:9");
  EXPECT_EQ(place_text(items[1].place()), "4:7");
  EXPECT_EQ(items[1].place().file, "f.yaml");
}

TEST(Yaml, refuses_with_line_and_column) {
  EXPECT_EQ(yaml_error("a: 1\nb: 2\na: 3\n"),
            "job.yaml:3:1: the key `a` is here twice; first on line 1");
  EXPECT_EQ(yaml_error("a: 1\n---\nb: 2\n"), "job.yaml:2:1: holds more than one document");
  EXPECT_EQ(yaml_error("a: !secret x\n"),
            "job.yaml:1:4: has a tag, `!secret`; only !!str is known");
  EXPECT_EQ(yaml_error("a: !!map {}\n"),
            "job.yaml:1:4: has a tag, `tag:yaml.org,2002:map`; only !!str is known");
  EXPECT_EQ(yaml_error("? [a, b]\n: 1\n"), "job.yaml:1:3: has a list or a map for a key");
  EXPECT_EQ(yaml_error("~: 1\n"), "job.yaml:1:1: has a key that is null");
  EXPECT_EQ(yaml_error("a: [1, 2\nb: 3\n").substr(0, 26), "job.yaml:2:2: is not YAML:");
  EXPECT_EQ(yaml_error("a: 1\n b: 2\n").substr(0, 26), "job.yaml:2:3: is not YAML:");
  EXPECT_EQ(yaml_error("a: \"x\n"), "job.yaml:1:4: has text whose quote is never closed");
  EXPECT_EQ(yaml_error("a: &b 'it''s\n"), "job.yaml:1:4: has text whose quote is never closed");
  EXPECT_EQ(yaml_error("a: \"\xE5\xA0\xB0 \\\"\n\n"),
            "job.yaml:1:4: has text whose quote is never closed");
  EXPECT_EQ(yaml_error("a: \"x\ny\"\nb: &c 'it''s'\n"), "");
  EXPECT_NE(yaml_error("a: \"x"), "");
  EXPECT_NE(yaml_error("a: [1, 2"), "");
  EXPECT_NE(yaml_error("a: {b: 2\n"), "");
  EXPECT_EQ(yaml_error("a: *b\n").substr(0, 26), "job.yaml:1:4: is not YAML:");
  EXPECT_EQ(yaml_error("a: x\nb: \xff\n"), "job.yaml:2:4: is not UTF-8");
  EXPECT_EQ(yaml_error(std::string("a: x\0y", 6)), "job.yaml:1:5: has a byte of value 0");
}

TEST(Yaml, of_nothing_is_null) {
  for (const std::string text : {"", "\n\n", "# only a comment\n", "---\n"}) {
    const auto document = parse_yaml(text, "");
    ASSERT_TRUE(document) << text;
    EXPECT_TRUE(document->is(DocumentKind::null)) << text;
  }
}

TEST(Yaml, takes_aliases_as_what_they_stand_for) {
  const auto document = parse_yaml("a: &x {p: 1}\nb: *x\nc: [*x, *x]\nd: &t hello\ne: *t\n", "");
  ASSERT_TRUE(document) << document.error().text();
  EXPECT_EQ(document->find("b")->find("p")->magnitude(), 1U);
  EXPECT_EQ(document->find("c")->items()[1].find("p")->magnitude(), 1U);
  EXPECT_EQ(document->find("e")->text(), "hello");
  EXPECT_EQ(place_text(document->entries()[4].key.place()), "5:1");
  EXPECT_EQ(yaml_error("a: &x [*x]\n"), "job.yaml:1:8: the alias stands inside what it stands for");
}

TEST(Yaml, counts_aliases_with_all_they_stand_for) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char letter = 'b'; letter <= 'h'; ++letter) {
    const std::string last(1, static_cast<char>(letter - 1));
    bomb += std::string(1, letter) + ": &" + letter + " [";
    for (int i = 0; i < 10; ++i) bomb += (i == 0 ? "*" : ", *") + last;
    bomb += "]\n";
  }
  EXPECT_EQ(yaml_error(bomb), "job.yaml:5:36: has more than 100000 values");
  std::string ladder = "a0: &a0 [x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string number = std::to_string(i);
    ladder += "a" + number + ": &a" + number + " [*a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_EQ(yaml_error(ladder), "job.yaml:32:12: is nested more than 32 levels deep");
}

TEST(Yaml, is_held_to_its_limits) {
  EXPECT_EQ(yaml_error(std::string(32, '[') + std::string(32, ']')), "");
  EXPECT_EQ(yaml_error(std::string(33, '[') + std::string(33, ']')),
            "job.yaml:1:33: is nested more than 32 levels deep");
  EXPECT_EQ(yaml_error("[1, 2, 3]", {.nodes = 3}), "job.yaml:1:8: has more than 3 values");
  EXPECT_EQ(yaml_error("[1, 2, 3]", {.bytes = 8}), "job.yaml: has 9 bytes, at most 8 are taken");
  EXPECT_NE(yaml_error(std::string(100'000, '[')), "");
  EXPECT_EQ(parse_yaml("[1, 2, 3]", "", {.nodes = 3}).error().code, ErrorCode::too_large);
}

TEST(Json, gives_every_kind) {
  const auto document = parse_json(
      R"({"a":null,"b":true,"c":-7,"d":18446744073709551615,"e":1.5,"f":"x\n\u5830y","g":[1,[]],"h":{}})");
  ASSERT_TRUE(document) << document.error().text();
  EXPECT_TRUE(document->find("a")->is(DocumentKind::null));
  EXPECT_TRUE(document->find("b")->boolean());
  EXPECT_EQ(document->find("c")->magnitude(), 7U);
  EXPECT_TRUE(document->find("c")->negative());
  EXPECT_EQ(document->find("d")->magnitude(), 18446744073709551615U);
  EXPECT_DOUBLE_EQ(document->find("e")->number(), 1.5);
  EXPECT_EQ(document->find("f")->text(), "x\n堰y");
  EXPECT_EQ(document->find("g")->items().size(), 2U);
  EXPECT_TRUE(document->find("h")->entries().empty());
  EXPECT_EQ(document->find("i"), nullptr);
  EXPECT_FALSE(document->find("c")->may_be_text());
}

TEST(Json, keeps_the_lowest_whole_number) {
  const auto document = parse_json("[-9223372036854775808,-9223372036854775809,0,-0]");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->items()[0].magnitude(), std::uint64_t{1} << 63);
  EXPECT_TRUE(document->items()[1].is(DocumentKind::number));
  EXPECT_FALSE(document->items()[2].negative());
}

TEST(Json, knows_where_each_key_and_value_stands) {
  const auto document =
      parse_json("{\"a\": 1,\n \"b,\\\"{[\": [true, {\"c\": \"x\"}],\n  \"d\":-1.5}", "b");
  ASSERT_TRUE(document) << document.error().text();
  const auto entries = document->entries();
  EXPECT_EQ(place_text(document->place()), "1:1");
  EXPECT_EQ(place_text(entries[0].key.place()), "1:2");
  EXPECT_EQ(place_text(entries[0].value.place()), "1:7");
  EXPECT_EQ(place_text(entries[1].key.place()), "2:2");
  EXPECT_EQ(place_text(entries[1].value.place()), "2:12");
  EXPECT_EQ(place_text(entries[1].value.items()[1].place()), "2:19");
  EXPECT_EQ(place_text(entries[1].value.items()[1].entries()[0].value.place()), "2:25");
  EXPECT_EQ(place_text(entries[2].key.place()), "3:3");
  EXPECT_EQ(place_text(entries[2].value.place()), "3:7");
}

TEST(Json, refuses_with_line_and_column) {
  EXPECT_EQ(json_error(""), "body:1:1: is not JSON: it ends too early");
  EXPECT_EQ(json_error("{\"a\": 1"), "body:1:8: is not JSON: it ends too early");
  EXPECT_EQ(json_error("{} {}"), "body:1:4: is not JSON: it goes on after its end");
  const std::string other =
      "is not JSON: it has something else than a value, a comma or a bracket where one must stand";
  EXPECT_EQ(json_error("{\"a\": 1,\n  b: 2}"), "body:2:3: " + other);
  EXPECT_EQ(json_error("[1, 2,]"), "body:1:7: " + other);
  EXPECT_EQ(json_error("[01]"), "body:1:3: " + other);
  EXPECT_EQ(json_error("[\"\\x\"]"), "body:1:4: " + other);
  EXPECT_EQ(json_error("{\"a\": 1,\n \"a\": 2}"),
            "body:2:2: the key `a` is here twice; first on line 1");
  EXPECT_NE(json_error("[\"\xff\"]"), "");
  EXPECT_NE(json_error("[NaN]"), "");
  EXPECT_NE(json_error("// c\n[]"), "");
}

TEST(Json, finds_a_key_twice_among_many) {
  std::string text = "{";
  for (int i = 0; i < 40; ++i) text += "\"k" + std::to_string(i) + "\": 0,\n";
  EXPECT_EQ(json_error(text + "\"last\": 1}"), "");
  EXPECT_EQ(json_error(text + "\"k7\": 1}"),
            "body:41:1: the key `k7` is here twice; first on line 8");
}

TEST(Json, is_held_to_its_limits) {
  EXPECT_EQ(json_error(std::string(32, '[') + std::string(32, ']')), "");
  EXPECT_EQ(json_error(std::string(33, '[') + std::string(33, ']')),
            "body:1:33: is nested more than 32 levels deep");
  EXPECT_EQ(json_error("[1, 2, 3]", {.nodes = 3}), "body:1:8: has more than 3 values");
  EXPECT_EQ(json_error("[1, 2, 3]", {.bytes = 8}), "body: has 9 bytes, at most 8 are taken");
}

RC_GTEST_PROP(Json, reads_any_double_back_to_its_last_bit, (double value)) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "[%.17g]", value);
  const auto document = parse_json(text.data());
  RC_ASSERT(document.has_value());
  RC_ASSERT(document->items()[0].number() == value);
}

RC_GTEST_PROP(Documents, of_any_bytes_are_read_or_refused, (const std::string& bytes)) {
  (void)parse_json(bytes);
  (void)parse_yaml(bytes, "");
}

RC_GTEST_PROP(Documents, of_scrambled_syntax_are_read_or_refused, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("{}[]:,\"'\\-?&*!|>#% \n\tabc015.e~<")));
  (void)parse_json(text);
  (void)parse_yaml(text, "");
}

TEST(Utf8, is_told_from_other_bytes) {
  EXPECT_EQ(utf8_front_size("a"), 1U);
  EXPECT_EQ(utf8_front_size("é"), 2U);
  EXPECT_EQ(utf8_front_size("堰"), 3U);
  EXPECT_EQ(utf8_front_size("\U0001F33E"), 4U);
  for (const std::string text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE5\xA0", "\xC3", "\xC3(", "\xF0\x9F\x8C("}) {
    EXPECT_EQ(utf8_front_size(text), 0U);
  }
  EXPECT_EQ(utf8_valid_size("ab\xff"), 2U);
  EXPECT_EQ(utf8_valid_size("堰"), 3U);
}
