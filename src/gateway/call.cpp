#include "gateway/call.h"

#include <unistd.h>

#include <charconv>

#include "base/check.h"

namespace weir::gateway {
namespace {

const Parameter& described(const Route& route, std::string_view name) {
  for (const Parameter& parameter : route.query) {
    if (parameter.name == name) return parameter;
  }
  WEIR_CHECK(false, "a handler asks only for parameters of its route");
  return route.query.front();
}

}  // namespace

const std::string& Call::path(std::string_view name) const {
  // Template and path have the same number of segments: the router matched them.
  std::size_t index = 0;
  std::string_view rest = route->path.substr(1);
  for (;; ++index) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.size() == name.size() + 2 && segment.front() == '{' &&
        segment.substr(1, name.size()) == name) {
      return request.segments.at(index);
    }
    WEIR_CHECK(slash != std::string_view::npos, "the template has this part");
    rest.remove_prefix(slash + 1);
  }
}

base::Result<model::JobReference> Call::job() const {
  auto reference = model::parse_job_reference(path("id"));
  if (reference) return reference;
  return base::fail(base::ErrorCode::not_found, "`" + path("id") + "` is no job's name", "id",
                    "a job is named 42, a task of an array 42_7");
}

std::string_view Call::text(std::string_view name) const {
  const Parameter& parameter = described(*route, name);
  return request.parameter(name).value_or(parameter.default_value);
}

bool Call::flag(std::string_view name) const {
  const std::string_view value = text(name);
  return value == "true" || value == "1";
}

std::optional<std::int64_t> Call::optional_whole(std::string_view name) const {
  const std::string_view value = text(name);
  if (value.empty()) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

std::int64_t Call::whole(std::string_view name) const { return optional_whole(name).value_or(0); }

std::vector<std::string_view> Call::names(std::string_view name) const {
  std::vector<std::string_view> chosen;
  std::string_view rest = text(name);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    chosen.push_back(rest.substr(0, comma));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return chosen;
}

std::string_view Call::header(std::string_view name) const {
  return request.headers.find(name).value_or(std::string_view());
}

Call::~Call() {
  if (!request.body_file.empty()) ::unlink(request.body_file.c_str());
}

void Call::send(http::HttpResponse response) {
  const auto took = std::chrono::steady_clock::now() - begun;
  counts.add(route, response.status, std::chrono::duration_cast<base::Duration>(took));
  if (kept) kept->sent(response);
  writer.send(std::move(response));
}

void Call::send_json(unsigned status, std::string body,
                     std::vector<std::pair<std::string, std::string>> headers) {
  send({status, "application/json", std::move(headers), std::move(body), {}});
}

http::StreamWriter Call::stream_events() {
  counts.add_stream(route, 200);
  if (kept) kept->streamed();
  // No proxy is to keep events back until there are enough of them.
  return writer.stream(200, "text/event-stream",
                       {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}});
}

}  // namespace weir::gateway
