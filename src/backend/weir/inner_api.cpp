#include "backend/weir/inner_api.h"

#include <algorithm>
#include <utility>

#include "backend/local/runner/system.h"
#include "base/json.h"
#include "http/answer.h"

namespace weir::backend::inner {
namespace {

using base::ErrorCode;
using base::fail;

// Who answered so short a time ago is taken to be there still.
constexpr std::int64_t fresh_us = 50'000;
// What an answer may cost: a list of many thousand jobs.
constexpr base::DocumentLimits answer_limits{256U << 20U, 20'000'000, 64};

// An answer in another form is that of another version: nothing is known, and nothing ended.
template <typename T>
base::Result<T> read(const std::string& answer) {
  auto value = base::from_json<T>(answer, answer_limits);
  if (value) return std::move(*value);
  return fail(ErrorCode::unavailable,
              "the inner Weir answers in a form that is not known here: " + value.error().text());
}

struct LogAnswer {
  std::vector<LogPiece> entries;
  bool more = false;
};
WEIR_DESCRIBE(LogAnswer, entries, more)

struct ExecOrder {
  std::string command;
};
WEIR_DESCRIBE(ExecOrder, command)
struct OutputEvent {
  std::string text;
};
WEIR_DESCRIBE(OutputEvent, text)
struct ExitEvent {
  std::int32_t code = 0;
};
WEIR_DESCRIBE(ExitEvent, code)
struct SecretOrder {
  std::string value;
};
WEIR_DESCRIBE(SecretOrder, value)

struct Sites {
  std::vector<model::SiteView> sites;
};
WEIR_DESCRIBE(Sites, sites)
struct Nodes {
  std::vector<model::NodeView> nodes;
};
WEIR_DESCRIBE(Nodes, nodes)
struct Devices {
  std::vector<model::DeviceView> devices;
};
WEIR_DESCRIBE(Devices, devices)

std::string path_of(model::JobId id) { return "/v1/jobs/" + std::to_string(id.value); }

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

bool is_passing(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::too_many ||
         code == ErrorCode::input_output || code == ErrorCode::unauthenticated;
}

InnerApi::InnerApi(Access access, std::function<bool()> interrupted) : access_(std::move(access)) {
  options_.interrupted = std::move(interrupted);
  options_.idle_timeout = std::chrono::seconds(20);
}

base::Status InnerApi::connect() {
  if (token_.empty()) token_ = trimmed(local::read_small_file(access_.token_file));
  if (token_.empty()) {
    return fail(ErrorCode::unauthenticated, "there is no token in " + access_.token_file);
  }
  if (!http_) http_ = WEIR_TRY(http::HttpClient::connect(access_.url, options_));
  return {};
}

http::HeaderList InnerApi::with_token(http::HeaderList headers) const {
  headers.emplace_back("Authorization", "Bearer " + token_);
  return headers;
}

base::Result<std::string> InnerApi::body_of(base::Result<http::HttpResponse> response) {
  if (!response) {
    http_.reset();
    heard_us_ = 0;
    return fail(ErrorCode::unavailable, "the inner Weir: " + response.error().message);
  }
  heard_us_ = local::steady_us();
  if (response->status / 100 == 2) return std::move(response->body);
  const ErrorCode code = http::code_of(response->status);
  if (code == ErrorCode::unauthenticated) token_.clear();
  return fail(http::error_of_problem(
      code, response->body, "the inner Weir answered " + std::to_string(response->status)));
}

base::Result<std::string> InnerApi::ask(std::string_view method, const std::string& target,
                                        std::string_view body, http::HeaderList headers) {
  WEIR_TRY_STATUS(connect());
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  return body_of(http_->request(method, target, with_token(std::move(headers)), body));
}

base::Status InnerApi::reach() {
  if (heard_us_ != 0 && local::steady_us() - heard_us_ < fresh_us) return {};
  WEIR_TRY(ask("GET", "/healthz"));
  return {};
}

base::Result<model::JobId> InnerApi::submit(const std::string& key, const std::string& job) {
  const std::string answer = WEIR_TRY(ask("POST", "/v1/jobs", job, {{"Idempotency-Key", key}}));
  const auto taken = WEIR_TRY(read<model::SubmittedJobs>(answer));
  if (taken.ids.size() == 1) return taken.ids.front();
  return fail(ErrorCode::unavailable, "the inner Weir did not say which job it took");
}

base::Result<model::JobView> InnerApi::job(model::JobId id) {
  const std::string answer = WEIR_TRY(ask("GET", path_of(id)));
  return read<model::JobView>(answer);
}

base::Result<std::vector<model::JobSummary>> InnerApi::jobs(const std::string& name, bool all) {
  std::vector<model::JobSummary> found;
  const std::string target =
      "/v1/jobs?limit=1000&name=" + name + (all ? std::string("&all=true") : std::string());
  for (std::string page = target;;) {
    const std::string answer = WEIR_TRY(ask("GET", page));
    auto part = WEIR_TRY(read<model::JobPage>(answer));
    std::move(part.jobs.begin(), part.jobs.end(), std::back_inserter(found));
    if (!part.next) return found;
    page = target + "&cursor=" + *part.next;
  }
}

base::Status InnerApi::cancel(model::JobId id) {
  const auto answer = ask("POST", path_of(id) + "/cancel");
  if (answer || answer.error().code == ErrorCode::not_found ||
      answer.error().code == ErrorCode::conflict) {
    return {};
  }
  return fail(answer.error());
}

base::Status InnerApi::put_secret(const std::string& name, const std::string& value) {
  WEIR_TRY(ask("PUT", "/v1/secrets/" + name, base::to_json(SecretOrder{value})));
  return {};
}

base::Status InnerApi::drop_secret(const std::string& name) {
  const auto answer = ask("DELETE", "/v1/secrets/" + name);
  if (answer || answer.error().code == ErrorCode::not_found) return {};
  return fail(answer.error());
}

base::Status InnerApi::put_folder(const std::string& sha256, const std::string& path) {
  const std::string target = "/v1/blobs/" + sha256;
  const auto there = ask("HEAD", target);
  if (there) return {};
  if (there.error().code != ErrorCode::not_found) return fail(there.error());
  WEIR_TRY_STATUS(connect());
  auto sent = http_->upload("PUT", target, with_token({}), path);
  if (!sent && sent.error().code == ErrorCode::input_output) {
    http_.reset();
    return fail(ErrorCode::invalid, sent.error().message);  // our own file: trying helps nobody
  }
  WEIR_TRY(body_of(std::move(sent)));
  return {};
}

base::Result<std::vector<LogPiece>> InnerApi::log(model::JobId id, std::string_view stream,
                                                  std::int64_t offset) {
  const auto answer =
      ask("GET", path_of(id) + "/logs?task=0&rank=0&attempt=1&stream=" + std::string(stream) +
                     "&offset=" + std::to_string(offset));
  if (!answer) return fail(answer.error());
  return WEIR_TRY(read<LogAnswer>(*answer)).entries;
}

base::Result<int> InnerApi::exec(model::JobId id, const std::string& command,
                                 const std::function<void(std::string_view)>& output) {
  std::optional<base::Result<int>> end;
  const auto take = [&](const http::ServerEvent& event) {
    if (event.event == "output") {
      if (const auto said = base::from_json<OutputEvent>(event.data)) output(said->text);
    } else if (event.event == "exit") {
      if (const auto exit = base::from_json<ExitEvent>(event.data)) end = exit->code;
    } else if (event.event == "error") {
      end = fail(
          http::error_of_problem(ErrorCode::input_output, event.data, "the command was not run"));
    }
    return !end;
  };
  WEIR_TRY_STATUS(
      follow("POST", path_of(id) + "/exec", base::to_json(ExecOrder{command}), {}, take));
  if (end) return *std::move(end);
  return fail(ErrorCode::input_output, "the inner Weir did not say how the command ended");
}

base::Result<Capacity> InnerApi::capacity() {
  Capacity seen;
  const std::string sites = WEIR_TRY(ask("GET", "/v1/sites"));
  seen.sites = WEIR_TRY(read<Sites>(sites)).sites;
  const std::string nodes = WEIR_TRY(ask("GET", "/v1/nodes"));
  seen.nodes = WEIR_TRY(read<Nodes>(nodes)).nodes;
  const std::string devices = WEIR_TRY(ask("GET", "/v1/devices"));
  seen.devices = WEIR_TRY(read<Devices>(devices)).devices;
  return seen;
}

base::Status InnerApi::events(const std::string& last_id,
                              const std::function<bool(const http::ServerEvent&)>& on_event) {
  http::HeaderList headers;
  if (!last_id.empty()) headers.emplace_back("Last-Event-ID", last_id);
  return follow("GET", "/v1/events", {}, std::move(headers), on_event);
}

base::Status InnerApi::follow(std::string_view method, const std::string& target,
                              std::string_view body, http::HeaderList headers,
                              const std::function<bool(const http::ServerEvent&)>& on_event) {
  WEIR_TRY_STATUS(connect());
  http::EventParser parser;
  std::optional<base::Error> broken;
  headers.emplace_back("Accept", "text/event-stream");
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  const auto take = [&](std::string_view bytes) {
    const auto events = parser.feed(bytes);
    if (!events) broken = events.error();
    return events && std::all_of(events->begin(), events->end(), on_event);
  };
  WEIR_TRY(body_of(http_->stream(method, target, with_token(std::move(headers)), body, take)));
  if (broken) return fail(*std::move(broken));
  return {};
}

}  // namespace weir::backend::inner
