#include "base/time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>
#include <vector>

using namespace weir::base;

TEST(Duration, reads_every_form_people_write) {
  const std::vector<std::pair<std::string, Duration>> table{
      {"0", 0s},
      {"90", 90s},
      {"90s", 90s},
      {"15m", 15min},
      {"24h", 24h},
      {"2d", 48h},
      {"1h30m", 90min},
      {"1.5h", 90min},
      {"500ms", 500ms},
      {"20us", 20us},
      {"0.25", 250ms},
      {"0.000001s", 1us},
      {"1d2h3m4s5ms6us", 26h + 3min + 4s + 5ms + 6us},
      {"01:02:03", 1h + 2min + 3s},
      {"90:00", 90min},
      {"2-00:00:00", 48h},
      {"1-12", 36h},
      {"1-12:30", 36h + 30min},
      {"100:00:00", 100h},
      {"1.50", 1500ms},
  };
  for (const auto& [text, expected] : table) {
    const auto read = parse_duration(text);
    ASSERT_TRUE(read) << text << ": " << read.error().text();
    EXPECT_EQ(*read, expected) << text;
  }
}

TEST(Duration, refuses_what_is_none_and_says_what_would_be) {
  for (const std::string text : {"",
                                 " ",
                                 "h",
                                 "-5s",
                                 "+5s",
                                 "5 s",
                                 "5x",
                                 "30m1h",
                                 "1h1h",
                                 "1h30",
                                 "1.",
                                 ".5s",
                                 "1.5us",
                                 "0.0000001s",
                                 "1:60",
                                 "1:2:3:4",
                                 "1-",
                                 "-1",
                                 "1-24:00",
                                 "1-00:60",
                                 "::",
                                 "1e3",
                                 "24H",
                                 "9223372036854775807s",
                                 "99999999999999999999",
                                 "1:99999999999999999999",
                                 "1s ",
                                 "1-2-3",
                                 "106751992d",
                                 "9999999999999-00:00:00"}) {
    const auto read = parse_duration(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::invalid);
    EXPECT_EQ(read.error().text(), "`" + text +
                                       "` is no duration; write it as 90s, 15m, 24h, 1h30m, 2d, "
                                       "500ms, HH:MM:SS or D-HH:MM:SS");
  }
}

TEST(Duration, is_shown_in_two_units_at_most) {
  const std::vector<std::pair<Duration, std::string>> table{
      {0s, "0s"},
      {250ms, "0.250s"},
      {1us, "0.000001s"},
      {45s, "45s"},
      {45s + 5ms, "45.005s"},
      {60s, "1m"},
      {90s + 400ms, "1m30s"},
      {90min, "1h30m"},
      {1h + 5s, "1h"},
      {51h, "2d3h"},
      {48h, "2d"},
      {-90s, "-1m30s"},
      {23h + 59min + 59s, "23h59m"},
  };
  for (const auto& [duration, expected] : table) EXPECT_EQ(format_duration(duration), expected);
}

RC_GTEST_PROP(Duration, in_its_exact_form_reads_back, ()) {
  const auto us = *rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max());
  RC_ASSERT(parse_duration(format_duration_exact(Duration(us))) == Duration(us));
}

TEST(Duration, has_exact_forms_at_its_ends) {
  EXPECT_EQ(format_duration_exact(Duration::max()), "106751991d4h54s775ms807us");
  EXPECT_EQ(format_duration_exact(Duration::min()), "-106751991d4h54s775ms808us");
  EXPECT_EQ(format_duration(Duration::min()), "-106751991d4h");
  EXPECT_EQ(parse_duration("106751991d4h54s775ms807us"), Duration::max());
  EXPECT_FALSE(parse_duration("106751991d4h54s775ms808us"));
}

TEST(Time, reads_rfc_3339_with_its_offset) {
  const std::vector<std::pair<std::string, std::int64_t>> table{
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T08:00+08:00", 0},
      {"2026-12-01T08:00+08:00", 1'796'083'200'000'000},
      {"2026-12-01t00:00:00.25z", 1'796'083'200'250'000},
      {"2026-12-01 00:00:00.1234567Z", 1'796'083'200'123'456},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000'000},
      {"1969-12-31T23:59:59.999999Z", -1},
      {"2016-12-31T23:59:60Z", 1'483'228'800'000'000},
      {"0001-01-01T00:00:00-00:30", -62'135'595'000'000'000},
  };
  for (const auto& [text, us] : table) {
    const auto read = parse_time(text);
    ASSERT_TRUE(read) << text << ": " << read.error().text();
    EXPECT_EQ(to_us(*read), us) << text;
  }
}

TEST(Time, refuses_what_is_none) {
  for (const std::string text : {"",
                                 "2026",
                                 "2026-12-01",
                                 "2026-12-01T08:00",
                                 "2026-13-01T08:00Z",
                                 "2026-02-29T08:00Z",
                                 "2026-02-30T00:00Z",
                                 "2026-12-01T24:00Z",
                                 "2026-12-01T08:60Z",
                                 "2026-12-01T08:00:61Z",
                                 "2026-12-01T08:00:00.Z",
                                 "2026-12-01T08:00+8:00",
                                 "2026-12-01T08:00+0800",
                                 "2026-12-01T08:00Zx",
                                 "2026-1-01T08:00Z",
                                 "26-12-01T08:00Z",
                                 "tomorrow",
                                 "2026-12-01T-1:00Z",
                                 "2026-+1-01T08:00Z",
                                 "+999999-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
  EXPECT_EQ(parse_time("soon").error().text(),
            "`soon` is no time; write it as 2026-12-01T08:00:00+08:00, with the offset from UTC "
            "or Z");
}

TEST(Time, is_shown_in_utc_with_as_many_digits_as_it_has) {
  EXPECT_EQ(format_time(time_from_us(1'796'083'200'000'000)), "2026-12-01T00:00:00Z");
  EXPECT_EQ(format_time(time_from_us(1'796'083'200'250'000)), "2026-12-01T00:00:00.250Z");
  EXPECT_EQ(format_time(time_from_us(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_time(Time::max()), "+294247-01-10T04:00:54.775807Z");
  EXPECT_EQ(format_time(Time::min()), "-290308-12-21T19:59:05.224192Z");
}

RC_GTEST_PROP(Time, reads_back_as_it_is_shown, ()) {
  const Time time = time_from_us(*rc::gen::inRange<std::int64_t>(INT64_MIN, INT64_MAX));
  const auto read = parse_time(format_time(time));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == time);
}

RC_GTEST_PROP(Time, of_any_day_is_the_calendar_of_the_standard_library, ()) {
  const auto days = *rc::gen::inRange<int>(-700'000, 2'900'000);
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  RC_PRE(static_cast<int>(date.year()) >= 0 && static_cast<int>(date.year()) <= 9999);
  char expected[32];
  std::snprintf(expected, sizeof expected, "%04d-%02u-%02uT00:00:00Z",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  const Time time = time_from_us(static_cast<std::int64_t>(days) * 86'400'000'000);
  RC_ASSERT(format_time(time) == expected);
}
