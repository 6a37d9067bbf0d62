// A gateway under test, asked directly: requests go to Gateway::handle, no socket between.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/document.h"
#include "gateway/gateway.h"
#include "http/event_stream.h"
#include "tests/gateway/support/memory_core.h"

namespace weir::gateway {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// The client's end of one answer.
class AskedAnswer final : public http::ReplyPort, public std::enable_shared_from_this<AskedAnswer> {
 public:
  void send(http::HttpResponse response) override;
  std::shared_ptr<http::Stream> stream(http::HttpResponse head) override;

  // Waits for the answer; a test that waits in vain fails.
  [[nodiscard]] const http::HttpResponse& response();
  [[nodiscard]] bool answered();
  // The next event of a stream; none: it ended.
  [[nodiscard]] std::optional<http::ServerEvent> next_event();
  // All events up to the end of the stream, or the one of that name.
  [[nodiscard]] std::vector<http::ServerEvent> events_until(std::string_view name);
  // The client goes.
  void leave();
  // What the stream would hold for this client while it does not read.
  [[nodiscard]] std::size_t queued_bytes();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<http::HttpResponse> response_;
  std::shared_ptr<http::Stream> stream_;
  bool woken_ = false;
  bool ended_ = false;
  http::EventParser parser_;
  std::vector<http::ServerEvent> events_;
};

class House {
 public:
  House();
  House(const House&) = delete;
  House& operator=(const House&) = delete;
  ~House();

  MemoryCore core;
  std::string data_folder;
  // Tokens of tenant `red`, whose principals are named by their role, and of a user of `blue`.
  std::string viewer, user, operator_, blue;

  [[nodiscard]] Gateway& gateway() { return *gateway_; }
  void reopen();

  // Begins a request; `token` "" sends none. Header `Content-Type` is JSON unless given.
  std::shared_ptr<AskedAnswer> begin(std::string_view token, std::string method, std::string target,
                                     std::string body = {}, const HeaderList& headers = {});
  http::HttpResponse ask(std::string_view token, std::string method, std::string target,
                         std::string body = {}, const HeaderList& headers = {});
  // As user of `red`.
  http::HttpResponse get(std::string target) { return ask(user, "GET", std::move(target)); }
  http::HttpResponse post(std::string target, std::string body = {},
                          const HeaderList& headers = {}) {
    return ask(user, "POST", std::move(target), std::move(body), headers);
  }
  // Submits `{"run": "true"}` with more fields; gives the id.
  model::JobId submit(std::string_view more = {});

 private:
  std::string make_token(const std::string& tenant, model::Role role);
  std::unique_ptr<Gateway> gateway_;
};

// A member of a JSON text by its dotted path, "errors[1].field"; "" where there is none. Lists and
// maps give their size as text.
[[nodiscard]] std::string member(std::string_view json, std::string_view path);

}  // namespace weir::gateway
