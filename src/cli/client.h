// How the command line reaches a Weir: where it is, who asks, and what came back.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "http/client.h"
#include "http/event_stream.h"

namespace weir::cli {

// What every verb takes, from flags and environment.
struct Connection {
  std::string server;       // "http://127.0.0.1:9347"; "" = the server of the data folder
  std::string token_file;   // "" = the data folder's operator token
  std::string data_folder;  // never ""
};

// WEIR_HOME, or the user's data folder for weir.
[[nodiscard]] std::string default_data_folder();

// An answer that says no is an Error: its code from the status, its field and hint from the
// problem document.
class Client {
 public:
  // Finds server and token: flags, then WEIR_SERVER and WEIR_TOKEN, then the data folder.
  // Fails: unavailable, with how to start one; unauthenticated, where no token is to be found.
  [[nodiscard]] static base::Result<Client> connect(const Connection& connection,
                                                    std::function<bool()> interrupted = {});

  // The body of a 2xx answer.
  [[nodiscard]] base::Result<std::string> call(std::string_view method, const std::string& target,
                                               std::string_view body = {},
                                               http::HeaderList headers = {});
  // The same, read as T.
  template <typename T>
  [[nodiscard]] base::Result<T> ask(std::string_view method, const std::string& target,
                                    std::string_view body = {}, http::HeaderList headers = {}) {
    const std::string answer = WEIR_TRY(call(method, target, body, std::move(headers)));
    return base::from_json<T>(answer);
  }
  // PUT of a file.
  [[nodiscard]] base::Status upload(const std::string& target, const std::string& path);
  // True if the thing is there.
  [[nodiscard]] base::Result<bool> exists(const std::string& target);
  // Server-sent events until the stream ends, or `on_event` gives false.
  [[nodiscard]] base::Status events(std::string_view method, const std::string& target,
                                    std::string_view body,
                                    const std::function<bool(const http::ServerEvent&)>& on_event);

  [[nodiscard]] const std::string& server() const { return server_; }

 private:
  Client(http::HttpClient http, std::string server, std::string token)
      : http_(std::move(http)), server_(std::move(server)), token_(std::move(token)) {}
  [[nodiscard]] http::HeaderList with_identity(http::HeaderList headers) const;

  http::HttpClient http_;
  std::string server_;
  std::string token_;
};

// A value in a query or path, escaped.
[[nodiscard]] std::string escape(std::string_view text);
// A random key under which one submission may safely be said again.
[[nodiscard]] std::string fresh_idempotency_key();

}  // namespace weir::cli
