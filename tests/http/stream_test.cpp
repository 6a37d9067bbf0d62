// Answers without a known end, and the end of the server itself.
#include <atomic>
#include <thread>
#include <vector>

#include "http/event_stream.h"
#include "tests/http/support/raw_client.h"

namespace weir::http {
namespace {

using std::chrono::milliseconds;

// Hands each stream it begins, and the way it ended, to the test.
struct Streams {
  std::promise<StreamWriter> begun;
  std::promise<StreamEnd> ended;

  Handler handler() {
    return [this](const HttpRequest& request, const ResponseWriter& writer) {
      if (request.segments.at(0) != "stream") return echo(request, writer);
      const StreamWriter stream = writer.stream(200, "text/event-stream");
      stream.on_close([this](StreamEnd end) { ended.set_value(end); });
      begun.set_value(stream);
    };
  }
};

std::string get_stream() { return get("/stream"); }

TEST(HttpStream, sends_pieces_as_they_are_written_and_then_takes_the_next_request) {
  Streams streams;
  const auto server = serve({}, streams.handler());
  RawClient client(server->port());
  client.send(get_stream() + get("/after"));
  const StreamWriter stream = streams.begun.get_future().get();
  EXPECT_TRUE(stream.write(format_event({"1", "", "first", {}})));
  EXPECT_NE(client.receive_until("data: first").find("text/event-stream"), std::string::npos);
  EXPECT_TRUE(stream.write(format_event({"2", "", "second", {}})));
  client.receive_until("data: second");
  EXPECT_EQ(server->statistics().streams_open, 1U);
  stream.close();
  EXPECT_FALSE(stream.write("too late"));
  const auto response = client.response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "id: 1\ndata: first\n\nid: 2\ndata: second\n\n");
  EXPECT_EQ(client.response()->body, "GET /after");
  EXPECT_EQ(await(streams.ended.get_future()), StreamEnd::finished);
  EXPECT_EQ(server->statistics().streams_open, 0U);
}

TEST(HttpStream, tells_its_writer_when_the_client_has_gone) {
  Streams streams;
  const auto server = serve({.idle_timeout = milliseconds(200)}, streams.handler());
  std::optional<RawClient> client(std::in_place, server->port());
  client->send(get_stream());
  const StreamWriter stream = streams.begun.get_future().get();
  client.reset();
  EXPECT_EQ(await(streams.ended.get_future()), StreamEnd::client_left);
  EXPECT_FALSE(stream.is_open());
  EXPECT_FALSE(stream.write("x"));
  EXPECT_TRUE(eventually([&] { return server->statistics().connections_open == 0; }));
  // Told at once, to whoever asks late.
  std::promise<StreamEnd> late;
  stream.on_close([&](StreamEnd end) { late.set_value(end); });
  EXPECT_EQ(await(late.get_future()), StreamEnd::client_left);
}

TEST(HttpStream, is_cut_when_its_client_reads_too_slowly) {
  Streams streams;
  const auto server = serve({.stream_bytes_max = 100'000}, streams.handler());
  RawClient client(server->port(), 4096);
  client.send(get_stream());
  const StreamWriter stream = streams.begun.get_future().get();
  const std::string piece(10'000, 'x');
  while (stream.write(piece)) std::this_thread::yield();
  EXPECT_EQ(await(streams.ended.get_future()), StreamEnd::too_slow);
  EXPECT_EQ(server->statistics().streams_cut, 1U);
  EXPECT_TRUE(eventually([&] { return server->statistics().connections_open == 0; }));
}

TEST(HttpStream, is_cut_when_its_client_reads_nothing_for_too_long) {
  Streams streams;
  const auto server = serve({.stream_bytes_max = 64U << 20U, .write_timeout = milliseconds(200)},
                            streams.handler());
  RawClient client(server->port(), 4096);
  client.send(get_stream());
  const StreamWriter stream = streams.begun.get_future().get();
  stream.write(std::string(32U << 20U, 'x'));
  EXPECT_EQ(await(streams.ended.get_future()), StreamEnd::too_slow);
}

TEST(HttpStream, ends_when_nobody_holds_its_writer_any_more) {
  const auto server = serve({}, [](const HttpRequest&, const ResponseWriter& writer) {
    (void)writer.stream(200, "text/plain").write("all there is");
  });
  RawClient client(server->port());
  client.send(get("/"));
  EXPECT_EQ(client.response()->body, "all there is");
}

TEST(HttpStream, has_no_body_for_head_and_no_chunks_for_http_1_0) {
  const auto server = serve({}, [](const HttpRequest&, const ResponseWriter& writer) {
    (void)writer.stream(200, "text/plain").write("some");
  });
  RawClient head(server->port());
  head.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/"));
  EXPECT_EQ(head.response(true)->body, "");
  EXPECT_EQ(head.response()->body, "some");
  RawClient old(server->port());
  old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string all = old.receive_all();
  EXPECT_EQ(all.find("Transfer-Encoding"), std::string::npos);
  EXPECT_TRUE(all.ends_with("\r\n\r\nsome")) << all;
}

TEST(HttpStream, carries_every_piece_in_order_from_several_threads) {
  Streams streams;
  const auto server = serve({.threads = 2, .stream_bytes_max = 64U << 20U}, streams.handler());
  RawClient client(server->port());
  client.send(get_stream());
  const StreamWriter stream = streams.begun.get_future().get();
  std::vector<std::thread> writers;
  for (char name = 'a'; name < 'e'; ++name) {
    writers.emplace_back([&stream, name] {
      for (int i = 0; i < 500; ++i) stream.write(name + std::to_string(i) + "\n");
    });
  }
  for (auto& writer : writers) writer.join();
  stream.close();
  const std::string body = client.response()->body;
  for (char name = 'a'; name < 'e'; ++name) {
    std::size_t at = 0;
    for (int i = 0; i < 500; ++i) {
      at = body.find(name + std::to_string(i) + "\n", at);
      ASSERT_NE(at, std::string::npos) << name << i;
    }
  }
}

TEST(HttpStop, lets_a_request_in_flight_finish_and_closes_what_is_idle) {
  std::promise<ResponseWriter> asked;
  const auto server = serve({}, [&](const HttpRequest& request, const ResponseWriter& writer) {
    if (request.segments.at(0) != "slow") return echo(request, writer);
    asked.set_value(writer);
  });
  RawClient idle(server->port());
  idle.send(get("/a"));
  EXPECT_EQ(idle.response()->status, 200U);
  RawClient busy(server->port());
  busy.send(get("/slow"));
  const ResponseWriter writer = asked.get_future().get();
  std::thread stopper([&] { server->stop(); });
  EXPECT_TRUE(idle.ended());
  writer.send(text_response("finished"));
  const auto response = busy.response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "finished");
  EXPECT_EQ(response->header("Connection"), "close");
  EXPECT_TRUE(busy.ended());
  stopper.join();
  EXPECT_EQ(server->statistics().connections_open, 0U);
}

TEST(HttpStop, cuts_what_does_not_finish_and_drops_answers_that_come_after) {
  std::promise<ResponseWriter> asked;
  auto server =
      serve({.stop_timeout = milliseconds(50)},
            [&](const HttpRequest&, const ResponseWriter& writer) { asked.set_value(writer); });
  RawClient client(server->port());
  client.send(get("/slow"));
  std::optional<ResponseWriter> writer = asked.get_future().get();
  server->stop();
  EXPECT_TRUE(client.ended());
  server.reset();
  const StreamWriter stream = writer->stream(200, "text/plain");
  std::promise<StreamEnd> ended;
  stream.on_close([&](StreamEnd end) { ended.set_value(end); });
  EXPECT_EQ(await(ended.get_future()), StreamEnd::server_ending);
  EXPECT_FALSE(stream.write("to nobody"));
  writer.reset();
}

TEST(HttpStop, ends_streams_properly) {
  Streams streams;
  const auto server = serve({}, streams.handler());
  RawClient client(server->port());
  client.send(get_stream());
  const StreamWriter stream = streams.begun.get_future().get();
  stream.write("last words");
  server->stop();
  EXPECT_EQ(await(streams.ended.get_future()), StreamEnd::server_ending);
  EXPECT_EQ(client.response()->body, "last words");
  EXPECT_FALSE(stream.write("x"));
}

TEST(HttpStop, can_come_at_any_moment_under_load) {
  for (int round = 0; round < 10; ++round) {
    const auto server = serve({.threads = 2, .stop_timeout = milliseconds(500)});
    std::vector<std::thread> clients;
    std::atomic<int> answered = 0;
    for (int i = 0; i < 4; ++i) {
      // Connected before anything stops: only then is there something to stop.
      clients.emplace_back([&, client = RawClient(server->port())]() mutable {
        while (client.send(get("/a") + get("/b"))) {
          if (!client.response()) return;
          ++answered;
          if (!client.response()) return;
        }
      });
    }
    ASSERT_TRUE(eventually([&] { return answered > 20 * round; }));
    server->stop();
    for (auto& client : clients) client.join();
    EXPECT_EQ(server->statistics().connections_open, 0U);
  }
}

}  // namespace
}  // namespace weir::http
