// One request on its way through the gateway: what was asked, by whom, and the way to answer.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "gateway/agent_book.h"
#include "gateway/core.h"
#include "gateway/problem.h"
#include "gateway/reply_book.h"
#include "gateway/request_counts.h"
#include "gateway/route.h"
#include "http/server.h"
#include "model/ids.h"

namespace weir::gateway {

// Answered exactly once, through one of the functions below, on any thread.
struct Call {
  Call(http::HttpRequest given, http::ResponseWriter answer, RequestCounts& counted)
      : request(std::move(given)), writer(std::move(answer)), counts(counted) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call();  // removes the body's file, if nobody has taken it

  http::HttpRequest request;
  const Route* route = nullptr;
  model::Principal by;
  KnownAgent agent;  // where the route is for agents

  // ---- what was asked; the router has held it against the route's description

  // A part of the path by its name in the template. Requires: the template has it.
  [[nodiscard]] const std::string& path(std::string_view name) const;
  // The job, or the task of an array, that `{id}` names. Fails: not_found, it is no job's name.
  [[nodiscard]] base::Result<model::JobReference> job() const;
  // A query parameter, or its default in the route's table.
  [[nodiscard]] std::string_view text(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::int64_t whole(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> optional_whole(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> names(std::string_view name) const;
  [[nodiscard]] std::string_view header(std::string_view name) const;
  // The body as T. Fails: invalid with the first problem; all of them were answered then.
  template <typename T>
  [[nodiscard]] std::optional<T> read_body();

  // ---- the answer

  void send(http::HttpResponse response);
  void send_json(unsigned status, std::string body,
                 std::vector<std::pair<std::string, std::string>> headers = {});
  void fail(const base::Error& error) { send(problem_of(error)); }
  // Begins a stream of server-sent events.
  [[nodiscard]] http::StreamWriter stream_events();

  // ---- for the gateway itself

  http::ResponseWriter writer;
  RequestCounts& counts;
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  std::unique_ptr<KeptReply> kept;
};

// Whether a principal may look at what belongs to a tenant.
[[nodiscard]] inline bool may_see(const model::Principal& by, std::string_view tenant) {
  return by.role == model::Role::operator_ || by.tenant == tenant;
}

// Asks the engine and answers with the JSON of what it says: `question(engine, now)` runs on the
// engine's thread and gives a Result<T>; the text is made on the thread that tells us it is
// durable.
template <typename Question>
void answer_from_engine(Core& core, std::shared_ptr<Call> call, Question question) {
  using Answer = std::invoke_result_t<Question, const engine::Engine&, base::Time>;
  auto answer = std::make_shared<std::optional<Answer>>();
  core.ask(
      [answer, question = std::move(question)](const engine::Engine& engine, base::Time now) {
        answer->emplace(question(engine, now));
      },
      [answer, call = std::move(call)] {
        if (**answer) {
          call->send_json(200, base::to_json(***answer));
        } else {
          call->fail((*answer)->error());
        }
      });
}

template <typename T>
std::optional<T> Call::read_body() {
  auto document = base::parse_json(request.body);
  if (!document) {
    fail(document.error());
    return std::nullopt;
  }
  auto value = base::read_document<T>(*document);
  if (value) return *std::move(value);
  send(problem_of(base::check_document<T>(*document)));
  return std::nullopt;
}

}  // namespace weir::gateway
