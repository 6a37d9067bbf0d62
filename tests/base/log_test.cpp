#include "base/log.h"

#include <gtest/gtest.h>

#include <string>

#include "base/document.h"

using namespace weir::base;

TEST(LogLine, in_json_is_the_rest_of_one_object) {
  const std::string path = "/a \"b\"";
  const std::string line = format_log_line(LogForm::json, LogLevel::warning, "journal-slow",
                                           {{"sync_ms", 412},
                                            {"path", path},
                                            {"full", true},
                                            {"ratio", 0.5},
                                            {"size", std::uint64_t{18446744073709551615U}}});
  EXPECT_EQ(line, R"("level":"warning","event":"journal-slow","sync_ms":412,"path":"/a \"b\"",)"
                  R"("full":true,"ratio":0.5,"size":18446744073709551615})");
  EXPECT_TRUE(parse_json("{" + line));
}

TEST(LogLine, in_text_quotes_only_what_is_no_word) {
  EXPECT_EQ(format_log_line(LogForm::text, LogLevel::info, "started",
                            {{"port", 7070},
                             {"path", "/var/lib"},
                             {"by", "two words"},
                             {"none", ""},
                             {"line", "a\nb"}}),
            R"(info started port=7070 path=/var/lib by="two words" none="" line="a\nb")");
}

TEST(Log, writes_one_line_at_or_above_its_level) {
  set_log(LogLevel::warning, LogForm::json);
  testing::internal::CaptureStderr();
  log_info("unheard");
  log_error("heard", {{"code", 7}});
  const std::string written = testing::internal::GetCapturedStderr();
  set_log(LogLevel::info);
  ASSERT_TRUE(written.ends_with("\n"));
  const auto line = parse_json(written);
  ASSERT_TRUE(line) << written << line.error().text();
  EXPECT_EQ(line->find("event")->text(), "heard");
  EXPECT_EQ(line->find("code")->magnitude(), 7U);
  EXPECT_NE(line->find("time"), nullptr);
}
