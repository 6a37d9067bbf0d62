// One connection to a cluster's API: the place where bytes meet the network.
//
// It is made anew when it broke. Not thread-safe: a connection a thread.
#pragma once

#include <chrono>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "backend/kubernetes/access.h"
#include "base/result.h"
#include "base/time.h"
#include "http/client.h"

namespace weir::backend::kubernetes {

struct Answer {
  unsigned status = 0;
  std::string body;
  std::optional<base::Duration> retry_after;
  std::int64_t date_us = 0;  // by the server's clock, in whole seconds; 0: it did not say

  [[nodiscard]] bool is_good() const { return status / 100 == 2; }
};

// An answer that is not good, in the server's own words.
// unauthenticated 401, forbidden 403, not_found 404, conflict 409, refused 422, too_many 429, too
// old (too_large) 410, unavailable 5xx, else invalid.
[[nodiscard]] base::Error error_of(const Answer& answer);

class Connection {
 public:
  // `interrupted` is asked several times a second while it waits; true: give up.
  Connection(Access access, base::Duration idle_timeout, std::function<bool()> interrupted)
      : access_(std::move(access)),
        idle_timeout_(idle_timeout),
        interrupted_(std::move(interrupted)) {}

  // Sees to it that somebody listens there, before something is sent that may be done once only.
  // Fails: as request().
  [[nodiscard]] base::Status open();
  // Any status is an answer. `content_type` goes with a body.
  // Fails: unavailable, nobody answers; refused, over TLS it is not the server that was meant;
  //        invalid, no address of a server, no authority to believe, or not HTTP.
  [[nodiscard]] base::Result<Answer> request(std::string_view method, const std::string& target,
                                             std::string_view body = {},
                                             std::string_view content_type = "application/json");
  // Gives what follows a good answer's head to `on_bytes` as it comes, until it ends or `on_bytes`
  // returns false.
  [[nodiscard]] base::Result<Answer> follow(const std::string& target,
                                            const std::function<bool(std::string_view)>& on_bytes);

 private:
  [[nodiscard]] base::Status connect();
  [[nodiscard]] base::Result<http::HeaderList> headers(bool has_body,
                                                       std::string_view content_type);
  [[nodiscard]] base::Result<std::string> token();

  Access access_;
  base::Duration idle_timeout_;
  std::function<bool()> interrupted_;
  std::optional<http::HttpClient> client_;
  std::chrono::steady_clock::time_point answered_;
  std::string read_token_;
  timespec token_changed_{};
};

}  // namespace weir::backend::kubernetes
