#include "http/parser.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace weir::http {
namespace {

// What came of a message: its head, its body, how many bytes were used, why it failed.
struct Outcome {
  ParseState state = ParseState::head;
  std::string method;
  std::string target;
  std::string fields;
  std::string body;
  unsigned problem_status = 0;
  std::size_t used = 0;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Offers `bytes` piece by piece, `step()` more of them at a time, then says that none will follow:
// a fault may be seen sooner or later, as the pieces fall, but in the end it is seen.
Outcome parse(std::string_view bytes, const std::function<std::size_t()>& step,
              ParserLimits limits = {}) {
  MessageParser parser(MessageParser::Kind::request, limits);
  Outcome outcome;
  const BodySink sink = [&](std::string_view piece) {
    outcome.body += piece;
    return true;
  };
  std::size_t offered = 0;
  while (offered < bytes.size() && parser.state() != ParseState::complete &&
         parser.state() != ParseState::failed) {
    offered = std::min(bytes.size(), offered + step());
    std::size_t used = 0;
    do {
      used = parser.put(bytes.substr(outcome.used, offered - outcome.used), sink);
      outcome.used += used;
    } while (used > 0 && parser.state() == ParseState::body);
  }
  parser.put_end();
  outcome.state = parser.state();
  outcome.method = parser.head().method;
  outcome.target = parser.head().target;
  for (std::size_t i = 0; i < parser.head().headers.size(); ++i) {
    const auto field = parser.head().headers.at(i);
    outcome.fields += std::string(field.name) + "=" + std::string(field.value) + ";";
  }
  if (outcome.state == ParseState::failed) outcome.problem_status = parser.problem().status;
  return outcome;
}

Outcome parse_whole(std::string_view bytes, ParserLimits limits = {}) {
  return parse(bytes, [&] { return bytes.size(); }, limits);
}

TEST(Parser, reads_head_and_body_and_stops_behind_them) {
  const std::string first = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
  const Outcome outcome = parse_whole(first + "GET /b HTTP/1.1\r\n");
  EXPECT_EQ(outcome.state, ParseState::complete);
  EXPECT_EQ(outcome.method, "POST");
  EXPECT_EQ(outcome.target, "/a");
  EXPECT_EQ(outcome.fields, "Host=h;Content-Length=5;");
  EXPECT_EQ(outcome.body, "hello");
  EXPECT_EQ(outcome.used, first.size());
}

TEST(Parser, reads_chunks_and_takes_nothing_from_trailers) {
  const Outcome outcome = parse_whole(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;name=value\r\nhello\r\n1\r\n!\r\n0\r\nAuthorization: Bearer forged\r\n\r\n");
  EXPECT_EQ(outcome.state, ParseState::complete);
  EXPECT_EQ(outcome.body, "hello!");
  EXPECT_EQ(outcome.fields, "Host=h;Transfer-Encoding=chunked;");
}

TEST(Parser, leaves_out_empty_lines_before_a_request) {
  const Outcome outcome = parse_whole("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(outcome.state, ParseState::complete);
  EXPECT_EQ(outcome.method, "GET");
}

TEST(Parser, holds_the_head_limit_also_against_fields_that_dribble_in) {
  std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 40; ++i) bytes += "X-" + std::to_string(i) + ": 0123456789012345678\r\n";
  const ParserLimits limits{.head_bytes_max = 512, .fields_max = 100};
  EXPECT_EQ(parse_whole(bytes + "\r\n", limits).problem_status, 431U);
  EXPECT_EQ(parse(bytes + "\r\n", [] { return 7; }, limits).problem_status, 431U);
  EXPECT_EQ(parse_whole("GET /" + std::string(600, 'a'), limits).problem_status, 431U);
  EXPECT_EQ(parse(bytes + "\r\n", [] { return 1; }, {.fields_max = 20}).problem_status, 431U);
}

TEST(Parser, bounds_what_stands_between_chunks) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const ParserLimits limits{.head_bytes_max = 512};
  EXPECT_EQ(parse_whole(head + "5;x=" + std::string(600, 'a'), limits).problem_status, 400U);
  EXPECT_EQ(parse_whole(head + "0\r\nX: " + std::string(600, 'a'), limits).problem_status, 400U);
}

TEST(Parser, reads_a_response_that_ends_with_its_connection) {
  MessageParser parser(MessageParser::Kind::response, {});
  std::string body;
  const BodySink sink = [&](std::string_view piece) {
    body += piece;
    return true;
  };
  const std::string_view bytes = "HTTP/1.0 200 OK\r\n\r\nall of it";
  const std::size_t used = parser.put(bytes, sink);
  parser.put(bytes.substr(used), sink);
  EXPECT_EQ(parser.state(), ParseState::body);
  parser.put_end();
  EXPECT_EQ(parser.state(), ParseState::complete);
  EXPECT_EQ(body, "all of it");
}

TEST(Parser, a_message_cut_in_the_middle_is_not_a_message) {
  MessageParser parser(MessageParser::Kind::response, {});
  const std::string_view bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
  const std::size_t used = parser.put(bytes, {});
  parser.put(bytes.substr(used), {});
  parser.put_end();
  EXPECT_EQ(parser.state(), ParseState::failed);
}

RC_GTEST_PROP(Parser, gives_the_same_answer_however_the_bytes_are_cut, ()) {
  const std::string body = *rc::gen::arbitrary<std::string>();
  std::string bytes = "PUT /x?y=z HTTP/1.1\r\nHost: h\r\nX-Folded: a\r\n b\r\n";
  if (*rc::gen::arbitrary<bool>()) {
    bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  } else {
    bytes += "Transfer-Encoding: chunked\r\n\r\n";
    char size[16];
    for (std::string_view rest = body; !rest.empty();) {
      const auto step = std::min<std::size_t>(rest.size(), *rc::gen::inRange<std::size_t>(1, 20));
      std::snprintf(size, sizeof size, "%zx\r\n", step);
      bytes += size + std::string(rest.substr(0, step)) + "\r\n";
      rest.remove_prefix(step);
    }
    bytes += "0\r\n\r\n";
  }
  // One byte changed somewhere: still the same answer, whatever it is.
  if (*rc::gen::arbitrary<bool>()) {
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  }
  const Outcome whole = parse_whole(bytes);
  const Outcome cut = parse(bytes, [] { return *rc::gen::inRange<std::size_t>(1, 12); });
  const Outcome dribbled = parse(bytes, [] { return 1; });
  RC_ASSERT(whole.state == cut.state);
  RC_ASSERT(whole.state == dribbled.state);
  if (whole.state == ParseState::complete) {
    RC_ASSERT(whole == cut);
    RC_ASSERT(whole == dribbled);
  }
}

}  // namespace
}  // namespace weir::http
