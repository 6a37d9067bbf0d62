// What a well-behaved client sees.
#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/http/support/raw_client.h"

namespace weir::http {
namespace {

TEST(HttpServer, keeps_a_connection_for_many_requests) {
  const auto server = serve();
  RawClient client(server->port());
  for (int i = 0; i < 50; ++i) {
    client.send(get("/n/" + std::to_string(i) + "?a=b"));
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200U);
    EXPECT_EQ(response->body, "GET /n/" + std::to_string(i) + " a=b");
    EXPECT_EQ(response->header("Content-Type"), "text/plain");
    EXPECT_TRUE(response->header("Date"));
  }
  EXPECT_EQ(server->statistics().connections_accepted, 1U);
  EXPECT_EQ(server->statistics().requests, 50U);
}

TEST(HttpServer, answers_pipelined_requests_in_their_order_though_later_ones_are_ready_first) {
  std::mutex mutex;
  std::vector<std::thread> threads;
  auto server = serve({}, [&](const HttpRequest& request, const ResponseWriter& writer) {
    const int number = std::stoi(request.segments.at(0));
    const std::lock_guard lock(mutex);
    if (number % 2 == 0) return writer.send(text_response(std::to_string(number)));
    threads.emplace_back([writer, number] { writer.send(text_response(std::to_string(number))); });
  });
  RawClient client(server->port());
  std::string burst;
  for (int i = 0; i < 100; ++i) burst += get("/" + std::to_string(i));
  client.send(burst);
  for (int i = 0; i < 100; ++i) {
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, std::to_string(i));
  }
  server->stop();
  for (auto& thread : threads) thread.join();
}

TEST(HttpServer, takes_a_body_in_one_piece_or_in_chunks_of_any_cut) {
  const auto server = serve();
  RawClient client(server->port());
  client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(client.response()->body, "POST /a body=hello");
  const std::string chunked =
      "POST /b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
  for (const char byte : chunked) client.send({&byte, 1});
  EXPECT_EQ(client.response()->body, "POST /b body=hello");
  client.send("POST /c HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.response()->body, "POST /c");
}

TEST(HttpServer, takes_a_large_body_and_sends_one_back) {
  const auto server = serve();
  RawClient client(server->port());
  std::string body(8U << 20U, 'x');
  for (std::size_t i = 0; i < body.size(); i += 4096)
    body[i] = static_cast<char>('a' + i / 4096 % 26);
  std::thread sender([&] {
    client.send("POST /big HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n");
    client.send(body);
  });
  sender.join();
  const auto response = client.response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "POST /big body=" + body);
}

TEST(HttpServer, tells_a_waiting_client_to_go_on_with_its_body) {
  const auto server = serve();
  RawClient client(server->port());
  client.send(
      "POST /a HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.response()->status, 100U);
  client.send("ok");
  EXPECT_EQ(client.response()->body, "POST /a body=ok");
}

TEST(HttpServer, answers_head_with_the_length_and_no_body) {
  const auto server = serve();
  RawClient client(server->port());
  client.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/b"));
  const auto head = client.response(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("Content-Length"), "7");
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(client.response()->body, "GET /b");
}

TEST(HttpServer, closes_when_asked_to_and_speaks_http_1_0) {
  const auto server = serve();
  RawClient closing(server->port());
  closing.send("GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const auto last = closing.response();
  EXPECT_EQ(last->header("Connection"), "close");
  EXPECT_TRUE(closing.ended());
  RawClient old(server->port());
  old.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.response()->body, "GET /a");
  EXPECT_TRUE(old.ended());
  RawClient old_kept(server->port());
  old_kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(old_kept.response()->header("Connection"), "keep-alive");
  old_kept.send("GET /b HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old_kept.response()->body, "GET /b");
}

TEST(HttpServer, still_answers_a_client_that_has_ended_its_own_side) {
  const auto server = serve();
  RawClient client(server->port());
  client.send(get("/a"));
  client.end_sending();
  EXPECT_EQ(client.response()->body, "GET /a");
  EXPECT_TRUE(client.ended());
}

TEST(HttpServer, takes_thousands_of_answers_from_another_thread) {
  std::mutex mutex;
  std::vector<ResponseWriter> waiting;
  const auto server =
      serve({.threads = 2}, [&](const HttpRequest& /*request*/, const ResponseWriter& writer) {
        const std::lock_guard lock(mutex);
        waiting.push_back(writer);
      });
  std::atomic<bool> ending = false;
  // As the engine does: many replies at once, after one commit.
  std::thread engine([&] {
    while (!ending) {
      std::vector<ResponseWriter> batch;
      {
        const std::lock_guard lock(mutex);
        batch.swap(waiting);
      }
      for (const ResponseWriter& writer : batch) writer.send(text_response("done"));
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> clients;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      RawClient client(server->port());
      for (int round = 0; round < 100; ++round) {
        client.send(get("/a") + get("/b"));
        for (int part = 0; part < 2; ++part) {
          const auto response = client.response();
          if (response && response->body == "done") ++answered;
        }
      }
    });
  }
  for (auto& client : clients) client.join();
  ending = true;
  engine.join();
  EXPECT_EQ(answered, 8 * 100 * 2);
}

TEST(HttpServer, says_so_when_a_handler_throws_or_forgets_to_answer) {
  std::mutex mutex;
  std::string reported;
  HttpServerOptions options;
  options.report = [&](std::string_view line) {
    const std::lock_guard lock(mutex);
    reported += line;
  };
  const auto server =
      serve(std::move(options), [](const HttpRequest& request, const ResponseWriter&) {
        if (request.segments.at(0) == "throw") throw std::runtime_error("secret");
      });
  RawClient client(server->port());
  client.send(get("/throw") + get("/forget"));
  for (int i = 0; i < 2; ++i) {
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 500U);
    EXPECT_EQ(response->header("Content-Type"), "application/problem+json");
    EXPECT_EQ(response->body.find("secret"), std::string::npos);
  }
  EXPECT_EQ(server->statistics().handler_failures, 1U);
  const std::lock_guard lock(mutex);
  EXPECT_NE(reported.find("secret"), std::string::npos);
}

TEST(HttpServer, sends_a_slice_of_a_file) {
  const std::string path = testing::TempDir() + "/weir_http_slice_" + std::to_string(::getpid());
  std::string content(600'000, '-');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>('a' + i % 23);
  std::ofstream(path) << content;
  const auto server = serve({}, [&](const HttpRequest& request, const ResponseWriter& writer) {
    HttpResponse response = text_response("");
    response.file = FileSlice{path, 10, 500'000};
    if (request.segments.at(0) == "missing") response.file->path += "-missing";
    if (request.segments.at(0) == "short") response.file->length = 700'000;
    writer.send(std::move(response));
  });
  RawClient client(server->port());
  client.send(get("/whole") + get("/missing") + get("/short"));
  EXPECT_EQ(client.response()->body, content.substr(10, 500'000));
  EXPECT_EQ(client.response()->status, 500U);
  EXPECT_FALSE(client.response());  // the promised length cannot be kept: the connection ends
  ::unlink(path.c_str());
}

TEST(HttpServer, says_who_listens_on_a_port_that_is_taken) {
  const auto server = serve();
  const auto second = HttpServer::listen({.port = server->port()}, echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::ErrorCode::conflict);
  const auto unknown = HttpServer::listen({.address = "not-an-address"}, echo);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, base::ErrorCode::invalid);
}

}  // namespace
}  // namespace weir::http
