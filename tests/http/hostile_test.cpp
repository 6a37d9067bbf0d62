// Bytes sent to do harm: malformed, ambiguous between two readers, or random.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "tests/http/support/raw_client.h"

namespace weir::http {
namespace {

struct Case {
  const char* name;
  std::string bytes;
  unsigned status;  // of the first answer; 0 = closed without one
};

std::string with_fields(std::string_view fields, std::string_view rest = {}) {
  return "POST /a HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) + "\r\n" +
         std::string(rest);
}

// A second request rides in the body of each smuggling shape: it must never be answered.
constexpr std::string_view stowaway = "GET /stowaway HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::vector<Case> cases() {
  const std::string rider(stowaway);
  return {
      {"no verb", " / HTTP/1.1\r\n\r\n", 400},
      {"binary", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + "\r\n\r\n", 400},
      {"http2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"http/0.9", "GET /\r\n\r\n", 400},
      {"lower-case protocol", "GET / http/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"version 1.2", "GET / HTTP/1.2\r\nHost: localhost\r\n\r\n", 400},
      {"long version", "GET / HTTP/1.10\r\nHost: localhost\r\n\r\n", 400},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"tab for space", "GET\t/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"bare line feeds", "GET / HTTP/1.1\nHost: localhost\n\n", 400},
      {"bare line feed in a field", "GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400},
      {"bare carriage return", "GET / HTTP/1.1\r\nHost: local\rhost\r\n\r\n", 400},
      {"space before the colon", "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400},
      {"field without colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400},
      {"empty field name", "GET / HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n", 400},
      {"space in a field name", "GET / HTTP/1.1\r\nHost: localhost\r\nA b: x\r\n\r\n", 400},
      {"NUL in a field",
       "GET / HTTP/1.1\r\nHost: localhost\r\nX: a" + std::string(1, '\0') + "b\r\n\r\n", 400},
      {"folded first field", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n", 400},
      {"the same host twice", "GET / HTTP/1.1\r\nHost: localhost\r\nhost: localhost\r\n\r\n", 400},
      {"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 421},
      {"relative target", "GET jobs HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"dot segments", "GET /a/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"encoded dots", "GET /%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"NUL in the path", "GET /a%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"bad escape", "GET /%g0 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"fragment", "GET /a#b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"connect", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n", 400},
      {"star for get", "GET * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"unknown expectation", with_fields("Expect: wonders\r\n"), 417},
      {"negative length", with_fields("Content-Length: -1\r\n"), 400},
      {"signed length", with_fields("Content-Length: +5\r\n", "hello"), 400},
      {"hexadecimal length", with_fields("Content-Length: 0x5\r\n", "hello"), 400},
      {"empty length", with_fields("Content-Length: \r\n", "hello"), 400},
      {"length with a blank", with_fields("Content-Length: 1 0\r\n", "hello"), 400},
      {"length over 64 bits", with_fields("Content-Length: 18446744073709551616\r\n"), 400},
      {"chunk of no number", with_fields("Transfer-Encoding: chunked\r\n", "zz\r\nhello\r\n"), 400},
      {"negative chunk", with_fields("Transfer-Encoding: chunked\r\n", "-5\r\nhello\r\n"), 400},
      {"chunk over 64 bits",
       with_fields("Transfer-Encoding: chunked\r\n", "10000000000000005\r\nhello\r\n"), 400},
      {"chunk prefixed 0x", with_fields("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n\r\n"),
       400},
      {"chunk longer than said",
       with_fields("Transfer-Encoding: chunked\r\n", "2\r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk ended by a line feed",
       with_fields("Transfer-Encoding: chunked\r\n", "5\nhello\n0\n\n\r\n\r\n"), 400},
      {"huge chunk",
       with_fields("Transfer-Encoding: chunked\r\n",
                   "7fffffffffffffff\r\n" + std::string(2000, 'x')),
       413},
      // Request smuggling: two ways to say where the body ends.
      {"length and chunks",
       with_fields("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + rider),
       400},
      {"chunks and length",
       with_fields("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", "0\r\n\r\n" + rider),
       400},
      {"two lengths", with_fields("Content-Length: 5\r\nContent-Length: 0\r\n", rider), 400},
      {"two equal lengths", with_fields("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
       400},
      {"list of lengths", with_fields("Content-Length: 5, 5\r\n", "hello"), 400},
      {"two codings",
       with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                   "0\r\n\r\n" + rider),
       400},
      {"two codings, chunked last",
       with_fields("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
                   "0\r\n\r\n" + rider),
       400},
      {"coding and length",
       with_fields("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", "hello"), 400},
      {"unknown coding", with_fields("Transfer-Encoding: xchunked\r\n", rider), 501},
      {"coding before chunked",
       with_fields("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + rider), 501},
      {"coding after chunked", with_fields("Transfer-Encoding: chunked, gzip\r\n", rider), 501},
      {"quoted chunked", with_fields("Transfer-Encoding: \"chunked\"\r\n", rider), 501},
      {"vertical tab before chunked", with_fields("Transfer-Encoding: \vchunked\r\n", rider), 400},
      {"folded chunked", with_fields("Transfer-Encoding:\r\n chunked, identity\r\n", rider), 501},
      {"chunked for http/1.0",
       "POST / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + rider,
       400},
      {"nothing", "", 0},
      {"half a line", "GET / HT", 0},
      {"half a head", "GET / HTTP/1.1\r\nHost: local", 0},
      {"half a body", with_fields("Content-Length: 10\r\n", "half"), 0},
      {"half a chunk", with_fields("Transfer-Encoding: chunked\r\n", "a\r\nhalf"), 0},
  };
}

TEST(HostileBytes, are_answered_with_a_problem_or_closed_and_nothing_rides_along) {
  std::atomic<int> stowaways = 0;
  const auto server = serve({.body_bytes_max = 1000},
                            [&](const HttpRequest& request, const ResponseWriter& writer) {
                              stowaways += request.target == "/stowaway" ? 1 : 0;
                              echo(request, writer);
                            });
  for (const Case& hostile : cases()) {
    SCOPED_TRACE(hostile.name);
    RawClient client(server->port());
    client.send(hostile.bytes);
    client.end_sending();
    const auto response = client.response();
    EXPECT_EQ(response ? response->status : 0, hostile.status);
    if (response) {
      EXPECT_EQ(response->header("Content-Type"), "application/problem+json");
      EXPECT_EQ(response->header("Connection"), "close");
    }
    EXPECT_TRUE(client.ended());
  }
  EXPECT_EQ(stowaways, 0);
  EXPECT_EQ(server->statistics().requests, 0U);
  RawClient good(server->port());
  good.send(get("/still-here"));
  EXPECT_EQ(good.response()->body, "GET /still-here");
}

TEST(HostileBytes, a_chunked_body_ends_where_its_last_chunk_does) {
  const auto server = serve();
  RawClient client(server->port());
  client.send(with_fields("Transfer-Encoding: chunked\r\n", "0\r\n\r\n" + get("/next")));
  EXPECT_EQ(client.response()->body, "POST /a");
  EXPECT_EQ(client.response()->body, "GET /next");
}

TEST(HostileBytes, of_any_kind_never_stop_the_server) {
  const auto server = serve({.header_timeout = std::chrono::milliseconds(500),
                             .body_timeout = std::chrono::milliseconds(500),
                             .linger_timeout = std::chrono::milliseconds(100)});
  const auto valid = with_fields("Content-Length: 5\r\nX-Y: z\r\n", "hello") + get("/a?b=c");
  EXPECT_TRUE(rc::check("mutated requests", [&] {
    std::string bytes = valid;
    const auto changes = *rc::gen::inRange(0, 6);
    for (int i = 0; i < changes; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
      if (*rc::gen::arbitrary<bool>()) {
        bytes[at] = *rc::gen::arbitrary<char>();
      } else {
        bytes.erase(at, 1);
      }
    }
    bytes += *rc::gen::arbitrary<std::string>();
    RawClient client(server->port());
    client.send(bytes);
    client.end_sending();
    (void)client.receive_all();
  }));
  RawClient good(server->port());
  good.send(get("/still-here"));
  EXPECT_EQ(good.response()->body, "GET /still-here");
}

}  // namespace
}  // namespace weir::http
