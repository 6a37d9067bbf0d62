// An HTTP/1.1 server: bytes of the wire in, requests to a handler, its answers out.
//
// It knows connections, limits and slow clients; it knows no routes, no identity and no JSON. Each
// of its threads serves its own connections alone, one request of a connection at a time, in the
// order they came. Requests that break HTTP or a limit are answered here, as problem+json, and the
// handler never sees them.
//
// A ResponseWriter may outlive the server: its answer is then dropped, a stream over at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"
#include "http/stream.h"

namespace weir::http {

// Where an answer goes; implemented by the server's connections.
class ReplyPort {
 public:
  virtual ~ReplyPort() = default;
  virtual void send(HttpResponse response) = 0;
  [[nodiscard]] virtual std::shared_ptr<Stream> stream(HttpResponse head) = 0;
};

// The handler's duty to answer one request, exactly once, now or later, on any thread. Copies share
// the duty. If the last copy goes without an answer, the client is told so with a 500.
class ResponseWriter {
 public:
  explicit ResponseWriter(std::shared_ptr<ReplyPort> port) : port_(std::move(port)) {}

  // Requires: nothing was sent or streamed for this request yet.
  // Cost: on another thread than the connection's, many answers share one wake of that thread.
  void send(HttpResponse response) const { port_->send(std::move(response)); }
  // Begins an answer whose body is written piece by piece. Requires: as send.
  [[nodiscard]] StreamWriter stream(
      unsigned status, std::string content_type,
      std::vector<std::pair<std::string, std::string>> headers = {}) const {
    return StreamWriter(
        port_->stream({status, std::move(content_type), std::move(headers), {}, {}}));
  }

 private:
  std::shared_ptr<ReplyPort> port_;
};

// Called on a thread of the server, which does nothing else meanwhile: it must not block. An
// exception that leaves it is answered with a 500.
using Handler = std::function<void(HttpRequest, ResponseWriter)>;

// What to do with the body of a request whose head is known.
struct BodyPlan {
  std::uint64_t bytes_max = 0;
  std::string to_file = {};  // "" = into memory; else a path that does not exist yet
  std::optional<HttpResponse> refusal = {};  // answer this instead, and read no body
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // numeric, v4 or v6, or "localhost"
  std::uint16_t port = 0;             // 0 = any that is free
  unsigned threads = 1;
  std::size_t connections_max = 1024;  // those beyond hear 503
  std::size_t header_bytes_max = 16U << 10U;
  std::uint64_t body_bytes_max = 16U << 20U;  // where `plan_body` does not say otherwise
  std::size_t stream_bytes_max = 4U << 20U;   // queued for one slow reader before it is cut
  // Names this server answers to (request_rules.h); empty = those of loopback. "*" = every name.
  std::vector<std::string> hosts_allowed = {};

  // Asked once for each request that announces a body, with everything but the body filled in.
  std::function<BodyPlan(const HttpRequest& head)> plan_body = {};
  // Told in one line what went wrong inside: a handler that threw, a socket that would not accept.
  std::function<void(std::string_view)> report = {};

  base::Duration header_timeout = std::chrono::seconds(10);  // first byte to end of head
  base::Duration body_timeout = std::chrono::seconds(30);    // without a byte of the body
  base::Duration idle_timeout = std::chrono::seconds(60);    // kept alive without a request
  base::Duration write_timeout = std::chrono::seconds(30);   // client takes no byte of the answer
  base::Duration linger_timeout = std::chrono::seconds(2);   // for a refused client to read why
  base::Duration stop_timeout = std::chrono::seconds(5);     // for requests in flight at stop()
  // A body or an answer moves at least this fast on average, after its timeout once. Without it
  // one byte every 29 s would hold a connection for years.
  std::uint64_t bytes_per_second_min = 256;
};

// Counts since the server began, `_open` ones excepted.
struct HttpServerStatistics {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  // over connections_max
  std::uint64_t requests = 0;             // handed to the handler
  std::uint64_t requests_refused = 0;     // answered here: malformed, too large, wrong host
  std::uint64_t timeouts = 0;             // connections ended for being slow or silent
  std::uint64_t streams_open = 0;
  std::uint64_t streams_cut = 0;  // for being slow
  std::uint64_t handler_failures = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
};

class HttpServer {
 public:
  // Listens, and serves from its own threads from then on.
  // Fails: invalid (address), conflict (the port is taken), input_output.
  [[nodiscard]] static base::Result<std::unique_ptr<HttpServer>> listen(HttpServerOptions options,
                                                                        Handler handler);
  HttpServer() = default;
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  virtual ~HttpServer() = default;  // stops

  [[nodiscard]] virtual std::string address() const = 0;  // "127.0.0.1", "::1"
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] std::string url() const;  // "http://127.0.0.1:8080"

  // Serves this connected stream socket as if it had been accepted, for as long as it lives; it is
  // the server's from here on. `peer` is who is at its other end. Any thread.
  virtual void adopt(int descriptor, std::shared_ptr<const TlsPeer> peer) = 0;

  // Accepts no more, closes what is idle, ends streams, lets requests in flight finish until
  // stop_timeout, then cuts them. Returns when all threads have ended; a second call does nothing.
  // Requires: not called on a thread of this server.
  virtual void stop() = 0;

  [[nodiscard]] virtual HttpServerStatistics statistics() const = 0;
};

}  // namespace weir::http
