// What a client sees that is too big, too slow, too many, or sent by a stranger's web page.
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "tests/http/support/raw_client.h"

namespace weir::http {
namespace {

using std::chrono::milliseconds;

void expect_problem(const std::optional<HttpResponse>& response, unsigned status,
                    const std::string& type) {
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, status);
  EXPECT_EQ(response->header("Content-Type"), "application/problem+json");
  EXPECT_EQ(response->header("Connection"), "close");
  EXPECT_NE(response->body.find("\"type\":\"/problems/" + type + "\""), std::string::npos)
      << response->body;
  EXPECT_NE(response->body.find("\"status\":" + std::to_string(status)), std::string::npos);
}

TEST(HttpLimits, a_head_over_its_limit_is_431) {
  const auto server = serve({.header_bytes_max = 1024});
  RawClient client(server->port());
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(2000, 'x'));
  expect_problem(client.response(), 431, "header-too-large");
  EXPECT_TRUE(client.ended());
  RawClient long_target(server->port());
  long_target.send("GET /" + std::string(2000, 'x'));
  expect_problem(long_target.response(), 431, "header-too-large");
  EXPECT_EQ(server->statistics().requests, 0U);
  EXPECT_EQ(server->statistics().requests_refused, 2U);
}

TEST(HttpLimits, a_body_over_its_limit_is_413_whether_announced_or_chunked) {
  const auto server = serve({.body_bytes_max = 10});
  RawClient announced(server->port());
  announced.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\nhello world");
  expect_problem(announced.response(), 413, "body-too-large");
  EXPECT_TRUE(announced.ended());
  RawClient chunked(server->port());
  chunked.send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "8\r\nhello wo\r\n8\r\nrld!!!!!\r\n");
  expect_problem(chunked.response(), 413, "body-too-large");
  RawClient fitting(server->port());
  fitting.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello worl");
  EXPECT_EQ(fitting.response()->status, 200U);
  RawClient huge(server->port());
  huge.send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18446744073709551615\r\n\r\nhello");
  expect_problem(huge.response(), 413, "body-too-large");
}

TEST(HttpLimits, a_client_that_waits_to_be_told_hears_413_instead_of_100) {
  const auto server = serve({.body_bytes_max = 10});
  RawClient client(server->port());
  client.send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
  expect_problem(client.response(), 413, "body-too-large");
}

TEST(HttpLimits, a_refused_client_can_read_why_though_it_is_still_sending) {
  const auto server = serve({.body_bytes_max = 10});
  RawClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n\r\n");
  client.send(std::string(4'000'000, 'x'));
  expect_problem(client.response(), 413, "body-too-large");
}

class PlannedBody : public testing::Test {
 protected:
  PlannedBody() {
    folder_ = testing::TempDir() + "/weir_http_XXXXXX";
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    HttpServerOptions options;
    options.body_timeout = milliseconds(400);
    options.plan_body = [this](const HttpRequest& head) {
      const std::string& name = head.segments.at(0);
      BodyPlan plan{.bytes_max = 10, .to_file = {}, .refusal = {}};
      if (name == "file") plan = {1U << 20U, folder_ + "/body", {}};
      if (name == "nowhere") plan = {1U << 20U, folder_ + "/missing/body", {}};
      if (name == "forbidden") plan.refusal = text_response("no", 403);
      return plan;
    };
    server_ =
        serve(std::move(options), [](const HttpRequest& request, const ResponseWriter& writer) {
          writer.send(text_response(request.body + "|" + request.body_file + "|" +
                                    std::to_string(request.body_bytes)));
        });
  }
  ~PlannedBody() override {
    ::unlink((folder_ + "/body").c_str());
    ::rmdir(folder_.c_str());
  }
  [[nodiscard]] bool file_exists() const {
    struct stat facts{};
    return ::stat((folder_ + "/body").c_str(), &facts) == 0;
  }
  static std::string post(std::string_view name, std::size_t length) {
    return "POST /" + std::string(name) +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
  }

  std::string folder_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(PlannedBody, goes_to_the_file_the_plan_names) {
  RawClient client(server_->port());
  std::string body(300'000, 'b');
  body.back() = '!';
  client.send(post("file", body.size()));
  client.send(body);
  EXPECT_EQ(client.response()->body, "|" + folder_ + "/body|300000");
  std::ostringstream content;
  content << std::ifstream(folder_ + "/body").rdbuf();
  EXPECT_EQ(content.str(), body);
}

TEST_F(PlannedBody, leaves_no_file_if_the_client_breaks_off_or_falls_silent) {
  {
    RawClient client(server_->port());
    client.send(post("file", 1000) + "only this");
    ASSERT_TRUE(eventually([&] { return file_exists(); }));
  }
  EXPECT_TRUE(eventually([&] { return !file_exists(); }));
  RawClient silent(server_->port());
  silent.send(post("file", 1000) + "only this");
  expect_problem(silent.response(), 408, "request-timeout");
  EXPECT_FALSE(file_exists());
}

TEST_F(PlannedBody, may_be_refused_before_it_is_sent) {
  RawClient client(server_->port());
  client.send(post("forbidden", 5));
  EXPECT_EQ(client.response()->status, 403U);
  RawClient nowhere(server_->port());
  nowhere.send(post("nowhere", 5) + "hello");
  expect_problem(nowhere.response(), 507, "body-not-stored");
  RawClient over(server_->port());
  over.send(post("other", 11));
  expect_problem(over.response(), 413, "body-too-large");
}

TEST(HttpSlowClient, is_cut_while_it_dribbles_its_head) {
  const auto server = serve({.header_timeout = milliseconds(300)});
  RawClient client(server->port());
  const std::string head = "GET / HTTP/1.1\r\nHost: localhost\r\nX: ";
  client.send(head);
  std::atomic<bool> cut = false;
  // A byte every few milliseconds must not buy it more time.
  std::thread dribble([&] {
    while (!cut && client.send("x")) std::this_thread::sleep_for(milliseconds(5));
  });
  expect_problem(client.response(), 408, "request-timeout");
  cut = true;
  dribble.join();
  EXPECT_EQ(server->statistics().timeouts, 1U);
}

TEST(HttpSlowClient, that_never_says_anything_is_closed_without_a_word) {
  const auto server =
      serve({.header_timeout = milliseconds(100), .idle_timeout = milliseconds(150)});
  RawClient silent(server->port());
  EXPECT_TRUE(silent.ended());
  RawClient idle(server->port());
  idle.send(get("/a"));
  EXPECT_EQ(idle.response()->status, 200U);
  EXPECT_TRUE(idle.ended());
}

TEST(HttpSlowClient, is_cut_while_it_dribbles_its_body_below_the_lowest_rate) {
  const auto server = serve({.body_timeout = milliseconds(300), .bytes_per_second_min = 1'000'000});
  RawClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
  std::atomic<bool> cut = false;
  std::thread dribble([&] {
    while (!cut && client.send("x")) std::this_thread::sleep_for(milliseconds(5));
  });
  expect_problem(client.response(), 408, "request-timeout");
  cut = true;
  dribble.join();
}

TEST(HttpSlowClient, is_cut_when_it_does_not_read_its_answer) {
  const std::string large(32U << 20U, 'x');
  const auto server = serve(
      {.write_timeout = milliseconds(200)},
      [&](const HttpRequest&, const ResponseWriter& writer) { writer.send(text_response(large)); });
  RawClient client(server->port(), 4096);
  client.send(get("/large"));
  EXPECT_TRUE(eventually([&] { return server->statistics().timeouts == 1; }));
  EXPECT_TRUE(eventually([&] { return server->statistics().connections_open == 0; }));
  EXPECT_LT(client.receive_all().size(), large.size());
}

TEST(HttpLimits, connections_over_the_limit_hear_503_and_when_to_come_again) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  if (files.rlim_cur != RLIM_INFINITY && files.rlim_cur < 2200)
    GTEST_SKIP() << "too few descriptors";
  const auto server = serve({.connections_max = 1000});
  std::vector<RawClient> clients;
  clients.reserve(1000);
  for (int i = 0; i < 1000; ++i) {
    clients.emplace_back(server->port());
    clients.back().send(get("/a"));
  }
  for (RawClient& client : clients) {
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200U);
  }
  EXPECT_EQ(server->statistics().connections_open, 1000U);
  for (int i = 0; i < 10; ++i) {
    RawClient refused(server->port());
    refused.send(get("/a"));
    const auto response = refused.response();
    expect_problem(response, 503, "too-many-connections");
    EXPECT_EQ(response->header("Retry-After"), "1");
    EXPECT_TRUE(refused.ended());
  }
  EXPECT_EQ(server->statistics().connections_refused, 10U);
  clients.back().send(get("/b"));
  EXPECT_EQ(clients.back().response()->body, "GET /b");
  clients.pop_back();
  ASSERT_TRUE(eventually([&] { return server->statistics().connections_open == 999; }));
  RawClient again(server->port());
  again.send(get("/c"));
  EXPECT_EQ(again.response()->body, "GET /c");
}

TEST(HttpLimits, a_name_that_is_not_ours_is_421_so_that_no_rebound_page_reads_us) {
  const auto server = serve();
  for (const std::string host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil:80"}) {
    RawClient client(server->port());
    client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    expect_problem(client.response(), 421, "host-not-served");
  }
  RawClient absolute(server->port());
  absolute.send("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
  expect_problem(absolute.response(), 421, "host-not-served");
  const auto named = serve({.hosts_allowed = {"weir.example"}});
  RawClient client(named->port());
  client.send("GET /a HTTP/1.1\r\nHost: weir.example:8443\r\n\r\n");
  EXPECT_EQ(client.response()->body, "GET /a");
}

}  // namespace
}  // namespace weir::http
