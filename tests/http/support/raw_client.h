// A bare socket to a server under test: sends exactly the bytes it is given, cut as it is told.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/parser.h"
#include "http/server.h"

namespace weir::http {

// Far beyond what anything in a test takes, even on a busy machine under a sanitizer.
inline constexpr int patience_ms = 30'000;

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&place), sizeof place) == 0;
    EXPECT_TRUE(connected_);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}
  ~RawClient() { close(); }

  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  void end_sending() { ::shutdown(socket_, SHUT_WR); }

  // False if the server would not take all of it.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // The next whole response; none if the server closes first.
  std::optional<HttpResponse> response(bool to_head = false) {
    MessageParser parser(MessageParser::Kind::response, {.head_bytes_max = 1U << 20U});
    parser.restart(to_head);
    HttpResponse whole;
    const BodySink sink = [&](std::string_view piece) {
      whole.body += piece;
      return true;
    };
    for (;;) {
      const std::size_t used = parser.put(received_, sink);
      received_.erase(0, used);
      if (used > 0 && parser.state() == ParseState::body) continue;
      if (parser.state() == ParseState::failed) {
        ADD_FAILURE() << parser.problem().detail;
        return std::nullopt;
      }
      if (parser.state() == ParseState::complete) break;
      if (receive_some()) continue;
      if (!parser.started()) return std::nullopt;
      parser.put_end();
      if (parser.state() != ParseState::complete) return std::nullopt;
    }
    whole.status = parser.head().status;
    for (std::size_t i = 0; i < parser.head().headers.size(); ++i) {
      const auto field = parser.head().headers.at(i);
      whole.headers.emplace_back(field.name, field.value);
    }
    return whole;
  }

  // Receives until `text` has come; what came so far.
  std::string receive_until(std::string_view text) {
    while (received_.find(text) == std::string::npos && receive_some()) {
    }
    return received_;
  }
  // Everything until the server closes; what came is then in hand.
  std::string receive_all() {
    while (receive_some()) {
    }
    return std::exchange(received_, {});
  }
  // True if the server closes, saying nothing more.
  bool ended() { return receive_all().empty(); }

 private:
  bool receive_some() {
    pollfd entry{socket_, POLLIN, 0};
    if (::poll(&entry, 1, patience_ms) != 1) {
      ADD_FAILURE() << "the server neither answered nor closed";
      return false;
    }
    char buffer[16384];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    received_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  int socket_ = -1;
  bool connected_ = false;
  std::string received_;
};

inline HttpResponse text_response(std::string body, unsigned status = 200) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

// Says what it was asked: "POST /a/b q=1 body=...".
inline void echo(const HttpRequest& request, const ResponseWriter& writer) {
  std::string said = request.method;
  said += ' ';
  for (const std::string& segment : request.segments) said += '/' + segment;
  for (const auto& [name, value] : request.query) said += ' ' + name + '=' + value;
  if (request.body_bytes > 0) said += " body=" + request.body;
  writer.send(text_response(std::move(said)));
}

inline std::unique_ptr<HttpServer> serve(HttpServerOptions options = {}, Handler handler = echo) {
  auto server = HttpServer::listen(std::move(options), std::move(handler));
  if (!server) ADD_FAILURE() << server.error().text();
  return server ? std::move(*server) : nullptr;
}

inline std::string get(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

// Waits until `holds` does, for things that other threads bring about.
inline bool eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

template <typename Value>
Value await(std::future<Value> future) {
  if (future.wait_for(std::chrono::milliseconds(patience_ms)) != std::future_status::ready) {
    ADD_FAILURE() << "nothing came in time";
    return Value{};
  }
  return future.get();
}

}  // namespace weir::http
