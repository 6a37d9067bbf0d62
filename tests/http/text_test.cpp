#include <gtest/gtest.h>

#include "http/request_rules.h"
#include "http/response_text.h"

namespace weir::http {
namespace {

TEST(ResponseText, frames_a_body_of_known_length) {
  HttpResponse response;
  response.status = 201;
  response.content_type = "application/json";
  response.headers = {{"Location", "/v1/jobs/j-1"}};
  std::string out;
  append_head(out, response, {.body_bytes = 2, .date = "Sun, 06 Nov 1994 08:49:37 GMT"});
  EXPECT_EQ(out,
            "HTTP/1.1 201 Created\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: application/json\r\n"
            "Location: /v1/jobs/j-1\r\n"
            "Content-Length: 2\r\n\r\n");
}

TEST(ResponseText, lets_no_handler_forge_a_second_field_or_response) {
  HttpResponse response;
  response.headers = {{"X-Name", "a\r\nSet-Cookie: b\r\n\r\nHTTP/1.1 200 OK"},
                      {"Content-Length", "100"},
                      {"transfer-encoding", "chunked"}};
  std::string out;
  append_head(out, response, {.body_bytes = 0});
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\nX-Name: a  Set-Cookie: b    HTTP/1.1 200 OK\r\n"
            "Content-Length: 0\r\n\r\n");
}

TEST(ResponseText, gives_204_no_length_and_a_stream_its_chunks) {
  HttpResponse response;
  response.status = 204;
  std::string out;
  append_head(out, response, {.keep_alive = false});
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  out.clear();
  append_chunk(out, "0123456789abcdef");
  append_chunk(out, "");
  out += last_chunk;
  EXPECT_EQ(out, "10\r\n0123456789abcdef\r\n0\r\n\r\n");
}

TEST(ResponseText, writes_dates_as_http_wants_them) {
  EXPECT_EQ(format_http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(ResponseText, writes_a_problem_as_rfc_9457_has_it) {
  const HttpResponse response =
      problem_response({413, "body-too-large", "The body is too large", "over \"5\" bytes"});
  EXPECT_EQ(response.status, 413U);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.body, R"({"type":"/problems/body-too-large","title":"The body is too large",)"
                           R"("status":413,"detail":"over \"5\" bytes"})");
}

TEST(HeaderFields, are_found_whatever_their_case) {
  Headers headers;
  headers.add("Content-Type", "text/plain");
  headers.add("ACCEPT", "a");
  headers.add("accept", "b");
  EXPECT_EQ(headers.find("content-type"), "text/plain");
  EXPECT_EQ(headers.find("Accept"), "a");
  EXPECT_EQ(headers.count("Accept"), 2U);
  EXPECT_EQ(headers.find("Accep"), std::nullopt);
}

TEST(Hosts, are_allowed_by_name_without_port) {
  const auto loopback = loopback_hosts();
  for (const std::string_view host : {"localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1",
                                      "[::1]", "[::1]:8080", "localhost:"}) {
    EXPECT_TRUE(host_allowed(host, loopback)) << host;
  }
  for (const std::string_view host :
       {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "[::2]", "[::1",
        "::1x", "127.0.0.2", "local", "[127.0.0.1].evil", "[127.0.0.1]", "localhost:80x",
        "localhost@evil.example"}) {
    EXPECT_FALSE(host_allowed(host, loopback)) << host;
  }
  EXPECT_TRUE(host_allowed("weir.example:443", {"weir.example"}));
  EXPECT_TRUE(host_allowed("anything", {"*"}));
}

}  // namespace
}  // namespace weir::http
