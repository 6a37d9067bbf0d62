#include "agent/remote_control_plane.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/descriptor.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "http/answer.h"
#include "http/event_stream.h"
#include "http/target.h"

namespace weir::agent {

using base::ErrorCode;

namespace {

constexpr base::Duration pause_least = std::chrono::milliseconds(200);
constexpr base::Duration pause_most = std::chrono::seconds(5);
// The control plane says something at least every 15 s: longer silence is a broken line.
constexpr base::Duration silence_most = std::chrono::seconds(40);

// Not as a person's client has it: what is not plainly a no is no answer, and is asked again.
ErrorCode code_of(unsigned status) {
  switch (status) {
    case 400:
      return ErrorCode::invalid;
    case 401:
      return ErrorCode::unauthenticated;
    case 403:
      return ErrorCode::forbidden;
    case 404:
      return ErrorCode::not_found;
    case 409:
      return ErrorCode::conflict;
    case 413:
      return ErrorCode::too_large;
    case 429:
      return ErrorCode::too_many;
    default:
      return ErrorCode::unavailable;
  }
}

void warn_of(const char* event, const base::Error& error) {
  const std::string text = error.text();
  base::log_warning(event, {{"error", text}});
}

engine::Reply reply_of(const base::Result<http::HttpResponse>& response) {
  engine::Reply reply;
  if (!response) {
    reply.error = response.error();
  } else if (auto error = error_of(*response)) {
    reply.error = std::move(error);
  } else if (const auto told = base::from_json<model::AgentReply>(response->body)) {
    reply.epoch = told->epoch;
    reply.wanted_version = told->wanted_version;
  } else {
    reply.error = told.error();
  }
  return reply;
}

}  // namespace

std::optional<base::Error> error_of(const http::HttpResponse& response) {
  if (response.status / 100 == 2) return std::nullopt;
  return http::error_of_problem(code_of(response.status), response.body,
                                "the control plane says no");
}

RemoteControlPlane::RemoteControlPlane(RemoteOptions options) : options_(std::move(options)) {}

void RemoteControlPlane::start() {
  speaker_ = std::thread([this] { speak(); });
  hearer_ = std::thread([this] { hear(); });
}

void RemoteControlPlane::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (speaker_.joinable()) speaker_.join();
  if (hearer_.joinable()) hearer_.join();
}

http::HttpClientOptions RemoteControlPlane::connection() const {
  http::HttpClientOptions options = options_.connection();
  options.interrupted = [this] { return stopping_.load(); };
  return options;
}

void RemoteControlPlane::pause(base::Duration time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [&] { return stopping_.load(); });
}

// ---- what goes out

void RemoteControlPlane::say(Call call) {
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= waiting_max) waiting_.pop_front();
    waiting_.push_back(std::move(call));
  }
  changed_.notify_all();
}

void RemoteControlPlane::send(model::Input input,
                              std::function<void(const engine::Reply&)> answer) {
  Call call{"POST", "", "", [answer = std::move(answer)](const auto& response) {
              const engine::Reply reply = reply_of(response);
              if (reply.error && reply.error->code == ErrorCode::unauthenticated) {
                warn_of("the control plane does not take this agent", *reply.error);
              }
              answer(reply);
            }};
  if (auto* const join = std::get_if<model::JoinSite>(&input)) {
    call.target = "/v1/agent/join";
    call.body = base::to_json(model::JoinOrder{std::move(join->nodes)});
  } else if (const auto* const report = std::get_if<model::ReportSite>(&input)) {
    call.target = "/v1/agent/reports";
    call.body = base::to_json(*report);
  } else {
    return;  // an agent says nothing else
  }
  say(std::move(call));
}

void RemoteControlPlane::fetch_wanted(const std::string&,
                                      std::function<void(model::WantedState)> answer) {
  say({"GET", "/v1/agent/wanted?seal_key=" + options_.seal_key, "",
       [answer = std::move(answer)](const base::Result<http::HttpResponse>& response) {
         if (!response || response->status != 200) return;
         auto wanted = base::from_json<model::WantedState>(response->body);
         if (wanted) return answer(*std::move(wanted));
         warn_of("what is wanted could not be read", wanted.error());
       }});
}

void RemoteControlPlane::speak() {
  std::optional<http::HttpClient> client;
  while (true) {
    Call call;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      call = std::move(waiting_.front());
      waiting_.pop_front();
    }
    if (options_.before_call) options_.before_call();
    if (!client) {
      auto connected = http::HttpClient::connect(options_.url, connection());
      if (!connected) {
        base::log_debug("the control plane cannot be reached",
                        {{"error", connected.error().message}});
        call.answer(base::fail(connected.error()));
        continue;
      }
      client = *std::move(connected);
    }
    // The kept connection may be dead; each call may be said twice without harm.
    const http::HeaderList headers{{"Content-Type", "application/json"},
                                   {"Idempotency-Key", "agent"}};
    const auto response = client->request(
        call.method, call.target, call.method == "POST" ? headers : http::HeaderList{}, call.body);
    if (!response || response->status == 401) client.reset();
    call.answer(response);
  }
}

// ---- what comes in

void RemoteControlPlane::hear() {
  base::Duration wait = pause_least;
  while (!stopping_) {
    http::HttpClientOptions how = connection();
    how.stream_idle_timeout = silence_most;
    auto client = http::HttpClient::connect(options_.url, how);
    if (client) {
      http::EventParser parser;
      const auto response =
          client->stream("GET", "/v1/agent/messages?seal_key=" + options_.seal_key, {}, "",
                         [&](std::string_view bytes) {
                           wait = pause_least;
                           const auto events = parser.feed(bytes);
                           if (!events) return false;
                           for (const http::ServerEvent& event : *events)
                             take_event(how, event.event, event.data);
                           return !stopping_;
                         });
      if (response && response->status != 200) wait = pause_most;
    }
    answering_.reset();
    if (stopping_) return;
    pause(wait);
    wait = std::min(wait * 2, pause_most);
  }
}

void RemoteControlPlane::take_event(const http::HttpClientOptions& how, const std::string& kind,
                                    const std::string& data) {
  if (kind == "changed") {
    auto change = base::from_json<model::ChangeWanted>(data);
    if (change) return options_.on_changed(*std::move(change));
    warn_of("a change of what is wanted could not be read", change.error());
  } else if (kind == "log") {
    const auto question = base::from_json<model::LogQuestion>(data);
    if (question) answer_log(how, *question);
  }
}

void RemoteControlPlane::answer_log(const http::HttpClientOptions& how,
                                    const model::LogQuestion& question) {
  const auto chunk = options_.read_log(question);
  std::string target = "/v1/agent/answers/" + std::to_string(question.id);
  target += chunk ? "?next_offset=" + std::to_string(chunk->next_offset)
                  : "?trouble=" + http::encode_component(chunk.error().message);
  if (!answering_) {
    auto connected = http::HttpClient::connect(options_.url, how);
    if (!connected) return;  // who asked is told that nobody answers
    answering_ = *std::move(connected);
  }
  const auto told = answering_->request(
      "POST", target, {{"Content-Type", "application/octet-stream"}, {"Idempotency-Key", "answer"}},
      chunk ? chunk->bytes : "");
  if (!told) answering_.reset();
}

base::Status RemoteControlPlane::fetch_blob(const std::string& tenant, const std::string& sha256,
                                            const std::string& path) const {
  auto client = WEIR_TRY(http::HttpClient::connect(options_.url, connection()));
  const std::string part = path + ".part";
  const base::Descriptor file(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return base::fail_errno("open " + part, errno);
  base::Sha256 sum;
  int trouble = 0;
  const auto response = client.stream(
      "GET", "/v1/agent/blobs/" + sha256 + "?tenant=" + http::encode_component(tenant), {}, "",
      [&](std::string_view bytes) {
        sum.add(bytes);
        while (!bytes.empty()) {
          const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
          if (written < 0 && errno == EINTR) continue;
          if (written < 0) {
            trouble = errno;
            return false;
          }
          bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
      });
  if (trouble != 0) return base::fail_errno("write " + part, trouble);
  if (!response) return base::fail(response.error());
  if (auto error = error_of(*response)) return base::fail(*std::move(error));
  if (base::to_hex(sum.digest()) != sha256) {
    return base::fail(ErrorCode::input_output, "the folder that came is not the one asked for");
  }
  if (::rename(part.c_str(), path.c_str()) != 0) return base::fail_errno("rename " + part, errno);
  return {};
}

}  // namespace weir::agent
