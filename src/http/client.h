// An HTTP/1.1 client for the command line, the agent, tests and benches: one connection, one
// request at a time, on the caller's thread.
//
// It keeps its connection alive between requests and makes a new one when the server has closed the
// old. It follows no redirects. Over TLS and through a proxy where it is told to. Not thread-safe:
// one client a thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"
#include "http/tls.h"

namespace weir::http {

struct HttpClientOptions {
  std::optional<TlsClientOptions> tls = {};  // for https; none: http only
  std::string proxy = {};  // "http://host:port", which is asked to CONNECT; "": none
  base::Duration connect_timeout = std::chrono::seconds(5);
  base::Duration idle_timeout = std::chrono::seconds(60);  // without a byte moving; 0 = for ever
  base::Duration stream_idle_timeout = base::Duration(0);  // the same while following a stream
  std::uint64_t body_bytes_max = 256U << 20U;              // of an answer kept in memory
  // Asked several times a second while waiting, and after a signal; true = give up. For Ctrl-C.
  std::function<bool()> interrupted = {};
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

class HttpClient {
 public:
  // Connects to "http://127.0.0.1:8080" ("http://" may be left out; a path is put before targets).
  // Fails: invalid (not an http URL, or https without options for TLS), unavailable (nobody listens
  //        there, or not in time), refused (over TLS it is not who was meant).
  [[nodiscard]] static base::Result<HttpClient> connect(std::string_view url,
                                                        HttpClientOptions options = {});
  HttpClient(HttpClient&& other) noexcept;
  HttpClient& operator=(HttpClient&& other) noexcept;
  ~HttpClient();

  // Sends and waits for the whole answer. Any status is an answer; read it.
  // A kept connection that turns out to be closed is replaced, and the request sent once more, if
  // that can do no harm: GET, HEAD, PUT, DELETE, OPTIONS, or one with an Idempotency-Key.
  // Fails: unavailable (no connection, broken, too slow, interrupted), too_large, invalid (the
  //        answer is not HTTP).
  [[nodiscard]] base::Result<HttpResponse> request(std::string_view method, std::string_view target,
                                                   const HeaderList& headers = {},
                                                   std::string_view body = {});

  // The same with the contents of a file as body, read while it is sent. An answer that comes
  // before all is sent (a refusal) ends the sending.
  // Fails: as request; input_output, if the file cannot be read or changes its size meanwhile.
  [[nodiscard]] base::Result<HttpResponse> upload(std::string_view method, std::string_view target,
                                                  const HeaderList& headers,
                                                  const std::string& path);

  // Gives the body of a 2xx answer to `on_bytes` piece by piece as it comes, until it ends or
  // `on_bytes` returns false (the connection is then dropped). The response returned has no body;
  // of any other status it is the whole response, and `on_bytes` is not called.
  // Fails: as request; what was already given to `on_bytes` stays given.
  [[nodiscard]] base::Result<HttpResponse> stream(
      std::string_view method, std::string_view target, const HeaderList& headers,
      std::string_view body, const std::function<bool(std::string_view)>& on_bytes);

 private:
  class Wire;
  explicit HttpClient(std::unique_ptr<Wire> wire);

  std::unique_ptr<Wire> wire_;
};

}  // namespace weir::http
