#include "http/client.h"

#include <arpa/inet.h>

#include <fstream>
#include <thread>

#include "http/event_stream.h"
#include "tests/http/support/raw_client.h"

namespace weir::http {
namespace {

using std::chrono::milliseconds;

HttpClient connected(const HttpServer& server, HttpClientOptions options = {}) {
  auto client = HttpClient::connect(server.url(), std::move(options));
  if (!client) throw std::runtime_error(client.error().text());
  return std::move(*client);
}

TEST(HttpClient, keeps_its_connection) {
  const auto server = serve();
  HttpClient client = connected(*server);
  for (int i = 0; i < 20; ++i) {
    const auto response = client.request("POST", "/a?i=" + std::to_string(i), {}, "body");
    ASSERT_TRUE(response) << response.error().text();
    EXPECT_EQ(response->status, 200U);
    EXPECT_EQ(response->content_type, "text/plain");
    EXPECT_EQ(response->body, "POST /a i=" + std::to_string(i) + " body=body");
  }
  const auto head = client.request("HEAD", "/a");
  EXPECT_EQ(head->header("content-length"), "7");
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(server->statistics().connections_accepted, 1U);
}

TEST(HttpClient, puts_the_path_of_its_url_before_targets) {
  const auto server = serve();
  auto client = HttpClient::connect("127.0.0.1:" + std::to_string(server->port()) + "/base/");
  ASSERT_TRUE(client) << client.error().text();
  EXPECT_EQ(client->request("GET", "/x")->body, "GET /base/x");
}

TEST(HttpClient, makes_a_new_connection_when_the_server_closed_the_old) {
  const auto server = serve({.idle_timeout = milliseconds(30)});
  HttpClient client = connected(*server);
  for (const std::string_view method : {"GET", "POST", "GET"}) {
    EXPECT_EQ(client.request(method, "/a")->status, 200U);
    ASSERT_TRUE(eventually([&] { return server->statistics().connections_open == 0; }));
  }
  EXPECT_EQ(server->statistics().connections_accepted, 3U);
}

TEST(HttpClient, finds_the_server_again_after_a_restart) {
  auto server = serve();
  const std::uint16_t port = server->port();
  HttpClient client = connected(*server);
  EXPECT_EQ(client.request("GET", "/a")->status, 200U);
  server->stop();
  server.reset();
  const auto nobody = client.request("GET", "/a");
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, base::ErrorCode::unavailable);
  server = serve({.port = port});
  EXPECT_EQ(client.request("GET", "/a")->status, 200U);
}

TEST(HttpClient, hands_over_events_as_they_come_until_it_has_enough) {
  std::promise<StreamEnd> ended;
  const auto server = serve({}, [&](const HttpRequest& request, const ResponseWriter& writer) {
    if (request.segments.at(0) == "none") return writer.send(text_response("no", 404));
    const StreamWriter stream = writer.stream(200, "text/event-stream");
    stream.on_close([&](StreamEnd end) { ended.set_value(end); });
    std::thread([stream] {
      for (int i = 1; stream.write(format_event({std::to_string(i), "", "tick", {}})); ++i) {
        std::this_thread::sleep_for(milliseconds(1));
      }
    }).detach();
  });
  HttpClient client = connected(*server);
  EventParser parser;
  const auto on_bytes = [&](std::string_view bytes) {
    (void)parser.feed(bytes);
    return parser.last_id() != "5";
  };
  const auto response = client.stream("GET", "/events", {}, {}, on_bytes);
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->status, 200U);
  EXPECT_EQ(parser.last_id(), "5");
  EXPECT_EQ(await(ended.get_future()), StreamEnd::client_left);
  const auto refused = client.stream("GET", "/none", {}, {}, on_bytes);
  EXPECT_EQ(refused->status, 404U);
  EXPECT_EQ(refused->body, "no");
}

class ClientUpload : public testing::Test {
 protected:
  ClientUpload() : path_(testing::TempDir() + "/weir_upload_" + std::to_string(::getpid())) {
    std::ofstream(path_) << std::string(3'000'000, 'u');
  }
  ~ClientUpload() override { ::unlink(path_.c_str()); }
  std::string path_;
};

TEST_F(ClientUpload, sends_a_file_without_holding_it) {
  const auto server = serve({}, [](const HttpRequest& request, const ResponseWriter& writer) {
    writer.send(text_response(std::to_string(request.body_bytes)));
  });
  HttpClient client = connected(*server);
  EXPECT_EQ(client.upload("PUT", "/blob", {}, path_)->body, "3000000");
  EXPECT_EQ(client.upload("PUT", "/blob", {}, path_)->body, "3000000");
  EXPECT_EQ(server->statistics().connections_accepted, 1U);
  EXPECT_FALSE(client.upload("PUT", "/blob", {}, path_ + "-missing"));
}

TEST_F(ClientUpload, that_is_refused_ends_with_the_reason) {
  const auto server = serve({.body_bytes_max = 1000});
  HttpClient client = connected(*server);
  const auto response = client.upload("PUT", "/blob", {}, path_);
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->status, 413U);
  EXPECT_EQ(client.request("GET", "/a")->status, 200U);
}

TEST(HttpClient, waits_no_longer_than_it_was_told) {
  std::promise<ResponseWriter> asked;
  const auto server =
      serve({.stop_timeout = milliseconds(10)},
            [&](const HttpRequest&, const ResponseWriter& writer) { asked.set_value(writer); });
  HttpClient client = connected(*server, {.idle_timeout = milliseconds(50)});
  const auto response = client.request("GET", "/slow");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::ErrorCode::unavailable);
  EXPECT_EQ(server->statistics().requests, 1U);  // and it was not sent a second time
}

TEST(HttpClient, gives_up_when_interrupted) {
  std::promise<ResponseWriter> asked;
  const auto server =
      serve({.stop_timeout = milliseconds(10)},
            [&](const HttpRequest&, const ResponseWriter& writer) { asked.set_value(writer); });
  std::atomic<bool> interrupted = false;
  HttpClient client = connected(*server, {.interrupted = [&] { return interrupted.load(); }});
  std::thread presses([&, asked_future = asked.get_future()] {
    asked_future.wait();
    interrupted = true;
  });
  EXPECT_FALSE(client.request("GET", "/slow"));
  presses.join();
}

TEST(HttpClient, says_what_is_wrong_with_an_address) {
  for (const std::string_view url : {"https://localhost", "", "http://", "ftp://x", "http://a b"}) {
    const auto client = HttpClient::connect(url);
    ASSERT_FALSE(client) << url;
    EXPECT_EQ(client.error().code, base::ErrorCode::invalid) << url;
  }
  const auto server = serve();
  const std::string url = server->url();
  server->stop();
  const auto nobody = HttpClient::connect(url);
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, base::ErrorCode::unavailable);
}

// A server that says something else to each connection it accepts, then closes it.
class Liar {
 public:
  explicit Liar(std::vector<std::string> answers) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&place), size), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&place), &size);
    port_ = ntohs(place.sin_port);
    thread_ = std::thread([this, answers = std::move(answers)] {
      for (const std::string& answer : answers) {
        const int peer = ::accept(socket_, nullptr, nullptr);
        char buffer[4096];
        if (::recv(peer, buffer, sizeof buffer, 0) > 0) {
          (void)::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
        }
        ::close(peer);
      }
    });
  }
  Liar(const Liar&) = delete;
  Liar& operator=(const Liar&) = delete;
  ~Liar() {
    thread_.join();
    ::close(socket_);
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST(HttpClient, believes_no_answer_that_is_not_http_or_not_whole) {
  for (const std::string answer :
       {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", ""}) {
    const Liar liar({answer});
    auto client = HttpClient::connect(liar.url());
    ASSERT_TRUE(client);
    EXPECT_FALSE(client->request("POST", "/")) << answer;
  }
}

TEST(HttpClient, takes_an_answer_that_ends_with_its_connection_and_skips_interim_ones) {
  const Liar liar({"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.0 200 OK\r\n\r\nall of it"});
  auto client = HttpClient::connect(liar.url());
  ASSERT_TRUE(client);
  const auto response = client->request("GET", "/");
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->body, "all of it");
}

}  // namespace
}  // namespace weir::http
