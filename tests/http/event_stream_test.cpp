#include "http/event_stream.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace weir::http {
namespace {

using namespace std::string_literals;
using Events = std::vector<ServerEvent>;

Events parse(std::string_view text) {
  EventParser parser;
  auto events = parser.feed(text);
  EXPECT_TRUE(events);
  return events.value_or(Events{});
}

ServerEvent data(std::string text) { return {"", "", std::move(text), {}}; }

TEST(EventStream, writes_the_fields_of_an_event) {
  EXPECT_EQ(format_event({"41", "job", "{\"a\":1}", 500}),
            "retry: 500\nid: 41\nevent: job\ndata: {\"a\":1}\n\n");
  EXPECT_EQ(format_event(data("one\ntwo\r\nthree\rfour")),
            "data: one\ndata: two\ndata: three\ndata: four\n\n");
  EXPECT_EQ(format_event(data("")), "data: \n\n");
  EXPECT_EQ(format_event_comment("still here"), ": still here\n\n");
}

TEST(EventStream, cannot_be_forged_through_id_or_name) {
  EXPECT_EQ(format_event({"1\n\ndata: x", "a\r\nid: 9", "d", {}}),
            "id: 1data: x\nevent: aid: 9\ndata: d\n\n");
}

TEST(EventStream, reads_the_examples_of_the_standard) {
  EXPECT_EQ(parse("data: YHOO\ndata: +2\ndata: 10\n\n"), Events{data("YHOO\n+2\n10")});
  EXPECT_EQ(parse(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
                  "data:  third event\n\n"),
            (Events{{"1", "", "first event", {}}, data("second event"), data(" third event")}));
  EXPECT_EQ(parse("data\n\ndata\ndata\n\ndata:"), (Events{data(""), data("\n")}));
  EXPECT_EQ(parse("data:test\n\ndata: test\n\n"), (Events{data("test"), data("test")}));
}

TEST(EventStream, takes_every_kind_of_line_end) {
  EXPECT_EQ(parse("data: a\r\n\r\ndata: b\r\rdata: c\n\n"),
            (Events{data("a"), data("b"), data("c")}));
  EXPECT_EQ(parse("\xEF\xBB\xBF"
                  "data: a\n\n"),
            Events{data("a")});
}

TEST(EventStream, an_id_holds_until_another_comes_and_counts_only_with_its_whole_event) {
  EventParser parser;
  EXPECT_EQ(*parser.feed("id: 7\ndata: a\n\ndata: b\n\n"),
            (Events{{"7", "", "a", {}}, {"7", "", "b", {}}}));
  EXPECT_EQ(*parser.feed("id: 8\ndata: half of i"), Events{});
  EXPECT_EQ(parser.last_id(), "7");
  EXPECT_EQ(*parser.feed("t\n\n"), (Events{{"8", "", "half of it", {}}}));
  EXPECT_EQ(parser.last_id(), "8");
}

TEST(EventStream, ignores_what_it_does_not_know) {
  EXPECT_EQ(parse("colour: red\nretry: soon\nretry: -1\nid: a"s + '\0' + "b\ndata: x\n\n"),
            Events{data("x")});
  EventParser parser;
  EXPECT_EQ(*parser.feed("retry: 250\n\n"), Events{});
  EXPECT_EQ(parser.retry_ms(), 250);
}

TEST(EventStream, refuses_an_event_without_end) {
  EventParser parser(100);
  EXPECT_TRUE(parser.feed("data: " + std::string(60, 'x') + "\n"));
  const auto more = parser.feed("data: " + std::string(60, 'x') + "\n");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, base::ErrorCode::too_large);
}

RC_GTEST_PROP(EventStream, reads_what_it_wrote_however_it_is_cut, ()) {
  const auto line = rc::gen::container<std::string>(
      rc::gen::suchThat<char>([](char c) { return c != '\n' && c != '\r' && c != '\0'; }));
  Events written;
  std::string text;
  const auto count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) {
    ServerEvent event;
    event.id = std::to_string(i + 1);
    event.event = *line;
    event.data = *line + (*rc::gen::arbitrary<bool>() ? "\n" + *line : "");
    written.push_back(event);
    text += format_event(event);
    if (*rc::gen::arbitrary<bool>()) text += format_event_comment(*line);
  }
  EventParser parser;
  Events read;
  for (std::string_view rest = text; !rest.empty();) {
    const auto step = std::min<std::size_t>(rest.size(), *rc::gen::inRange<std::size_t>(1, 9));
    const auto events = parser.feed(rest.substr(0, step));
    RC_ASSERT(events.has_value());
    read.insert(read.end(), events->begin(), events->end());
    rest.remove_prefix(step);
  }
  RC_ASSERT(read == written);
}

RC_GTEST_PROP(EventStream, never_crashes_on_any_bytes, (const std::string& bytes)) {
  EventParser parser;
  RC_ASSERT(parser.feed(bytes).has_value());
}

}  // namespace
}  // namespace weir::http
