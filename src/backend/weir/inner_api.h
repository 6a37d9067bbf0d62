// The REST API of the inner Weir, as a client of it has it: one call a function.
//
// One connection, one call at a time, on the caller's thread. The token is read from its file, and
// again where it is not taken any more: it may have been exchanged meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/result.h"
#include "base/time.h"
#include "http/client.h"
#include "http/event_stream.h"
#include "model/view.h"

namespace weir::backend::inner {

struct Access {
  std::string url;         // "http://127.0.0.1:9347"
  std::string token_file;  // of a user there at least
};

// A piece of a log, as the inner Weir tells it.
struct LogPiece {
  std::string stream;
  std::uint32_t task = 0;
  std::uint32_t attempt = 0;
  std::uint32_t rank = 0;
  std::int64_t offset = 0;
  std::int64_t next_offset = 0;
  std::string text;
};
WEIR_DESCRIBE(LogPiece, stream, task, attempt, rank, offset, next_offset, text)

// Everything there was to see of the site at one time.
struct Capacity {
  std::vector<model::SiteView> sites;
  std::vector<model::NodeView> nodes;
  std::vector<model::DeviceView> devices;
};

// Whether the same may go well later: nobody answers, or not yet. All else is an answer.
[[nodiscard]] bool is_passing(base::ErrorCode code);

class InnerApi {
 public:
  // `interrupted` is asked while waiting; true gives up.
  InnerApi(Access access, std::function<bool()> interrupted);

  // Whether somebody answers at this moment, so that a question that fails after it was likely
  // heard, and one that fails here was not asked.
  [[nodiscard]] base::Status reach();

  // The same job under the same key is taken once.
  [[nodiscard]] base::Result<model::JobId> submit(const std::string& key, const std::string& job);
  [[nodiscard]] base::Result<model::JobView> job(model::JobId id);
  // Those whose name has this in it, newest first; without `all` only what has not ended.
  [[nodiscard]] base::Result<std::vector<model::JobSummary>> jobs(const std::string& name,
                                                                  bool all);
  // One that has ended is cancelled already.
  [[nodiscard]] base::Status cancel(model::JobId id);

  [[nodiscard]] base::Status put_secret(const std::string& name, const std::string& value);
  [[nodiscard]] base::Status drop_secret(const std::string& name);
  // Brings a packed folder there, unless it is there.
  [[nodiscard]] base::Status put_folder(const std::string& sha256, const std::string& path);

  // Of the first attempt: jobs of ours have no other.
  [[nodiscard]] base::Result<std::vector<LogPiece>> log(model::JobId id, std::string_view stream,
                                                        std::int64_t offset);
  [[nodiscard]] base::Result<int> exec(model::JobId id, const std::string& command,
                                       const std::function<void(std::string_view)>& output);
  [[nodiscard]] base::Result<Capacity> capacity();
  // Server-sent events behind `last_id` ("": from now on), until the stream ends or `on_event`
  // gives false.
  [[nodiscard]] base::Status events(const std::string& last_id,
                                    const std::function<bool(const http::ServerEvent&)>& on_event);

 private:
  [[nodiscard]] base::Status connect();
  [[nodiscard]] http::HeaderList with_token(http::HeaderList headers) const;
  // Turns an answer into its body; what it was not, is an Error.
  [[nodiscard]] base::Result<std::string> body_of(base::Result<http::HttpResponse> response);
  [[nodiscard]] base::Result<std::string> ask(std::string_view method, const std::string& target,
                                              std::string_view body = {},
                                              http::HeaderList headers = {});
  [[nodiscard]] base::Status follow(std::string_view method, const std::string& target,
                                    std::string_view body, http::HeaderList headers,
                                    const std::function<bool(const http::ServerEvent&)>& on_event);

  Access access_;
  http::HttpClientOptions options_;
  std::string token_;
  std::optional<http::HttpClient> http_;
  std::int64_t heard_us_ = 0;  // when it last answered, by the steady clock
};

}  // namespace weir::backend::inner
