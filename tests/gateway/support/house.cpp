#include "tests/gateway/support/house.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "http/target.h"

namespace weir::gateway {
namespace {
constexpr auto patience = std::chrono::seconds(60);
}

void AskedAnswer::send(http::HttpResponse response) {
  const std::lock_guard lock(mutex_);
  EXPECT_FALSE(response_.has_value()) << "a request is answered once";
  response_ = std::move(response);
  changed_.notify_all();
}

std::shared_ptr<http::Stream> AskedAnswer::stream(http::HttpResponse head) {
  const std::lock_guard lock(mutex_);
  EXPECT_FALSE(response_.has_value()) << "a request is answered once";
  response_ = std::move(head);
  stream_ = std::make_shared<http::Stream>(std::size_t{4} << 20U, [self = weak_from_this()] {
    const auto answer = self.lock();
    if (!answer) return;
    const std::lock_guard woken(answer->mutex_);
    answer->woken_ = true;
    answer->changed_.notify_all();
  });
  changed_.notify_all();
  return stream_;
}

const http::HttpResponse& AskedAnswer::response() {
  std::unique_lock lock(mutex_);
  const bool came = changed_.wait_for(lock, patience, [&] { return response_.has_value(); });
  if (!came) {
    ADD_FAILURE() << "no answer came";
    response_.emplace();
  }
  return *response_;
}

bool AskedAnswer::answered() {
  const std::lock_guard lock(mutex_);
  return response_.has_value();
}

std::optional<http::ServerEvent> AskedAnswer::next_event() {
  static_cast<void>(response());
  const auto until = std::chrono::steady_clock::now() + patience;
  while (events_.empty() && !ended_) {
    std::vector<std::string> pieces;
    const http::Stream::Next next = stream_->take(pieces);
    if (next == http::Stream::Next::last || next == http::Stream::Next::overflow) {
      EXPECT_EQ(next, http::Stream::Next::last) << "the stream was cut";
      ended_ = true;
      stream_->over(http::StreamEnd::finished);
    }
    for (const std::string& piece : pieces) {
      auto complete = parser_.feed(piece);
      if (!complete) {
        ADD_FAILURE() << complete.error().text();
        return std::nullopt;
      }
      for (http::ServerEvent& event : *complete) events_.push_back(std::move(event));
    }
    if (next != http::Stream::Next::nothing) continue;
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, until, [&] { return woken_; })) {
      ADD_FAILURE() << "no event came";
      return std::nullopt;
    }
    woken_ = false;
  }
  if (events_.empty()) return std::nullopt;
  http::ServerEvent event = std::move(events_.front());
  events_.erase(events_.begin());
  return event;
}

std::vector<http::ServerEvent> AskedAnswer::events_until(std::string_view name) {
  std::vector<http::ServerEvent> all;
  while (auto event = next_event()) {
    all.push_back(*std::move(event));
    if (all.back().event == name) break;
  }
  return all;
}

void AskedAnswer::leave() { stream_->over(http::StreamEnd::client_left); }

std::size_t AskedAnswer::queued_bytes() { return stream_->queued_bytes(); }

House::House() {
  std::string form = ::testing::TempDir() + "gatewayXXXXXX";
  data_folder = ::mkdtemp(form.data());
  viewer = make_token("red", model::Role::viewer);
  user = make_token("red", model::Role::user);
  operator_ = make_token("red", model::Role::operator_);
  blue = make_token("blue", model::Role::user);
  reopen();
}

House::~House() {
  gateway_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(data_folder, ignored);
}

void House::reopen() {
  gateway_.reset();
  auto opened = Gateway::open(core, {data_folder, "0.0.0-test", nullptr});
  EXPECT_TRUE(opened.has_value());
  gateway_ = *std::move(opened);
}

std::string House::make_token(const std::string& tenant, model::Role role) {
  std::string token = TokenBook::make_token();
  core.give(model::CreateToken{{tenant, "test", model::Role::operator_},
                               TokenBook::hash_of(token),
                               tenant,
                               std::string(base::enum_name(role)),
                               role});
  return token;
}

std::shared_ptr<AskedAnswer> House::begin(std::string_view token, std::string method,
                                          std::string target, std::string body,
                                          const HeaderList& headers) {
  http::HttpRequest request;
  const auto parsed = http::parse_target(target);
  EXPECT_TRUE(parsed.has_value()) << target;
  request.method = std::move(method);
  request.segments = parsed->segments;
  request.query = parsed->query;
  request.target = std::move(target);
  request.headers.add("Host", "localhost");
  if (!token.empty()) request.headers.add("Authorization", "Bearer " + std::string(token));
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  if (!body.empty() && !request.headers.find("Content-Type")) {
    request.headers.add("Content-Type", "application/json");
  }
  request.body_bytes = body.size();
  request.body = std::move(body);
  const auto answer = std::make_shared<AskedAnswer>();
  gateway_->handle(std::move(request), http::ResponseWriter(answer));
  return answer;
}

http::HttpResponse House::ask(std::string_view token, std::string method, std::string target,
                              std::string body, const HeaderList& headers) {
  return begin(token, std::move(method), std::move(target), std::move(body), headers)->response();
}

model::JobId House::submit(std::string_view more) {
  const http::HttpResponse response =
      post("/v1/jobs",
           R"({"run":"true")" + std::string(more.empty() ? "" : ",") + std::string(more) + "}");
  EXPECT_EQ(response.status, 201U) << response.body;
  model::JobId id;
  const std::string text = member(response.body, "ids[0]");
  std::from_chars(text.data(), text.data() + text.size(), id.value);
  return id;
}

std::string member(std::string_view json, std::string_view path) {
  const auto document = base::parse_json(json, {}, {.bytes = 1U << 28U, .nodes = 1U << 24U});
  if (!document) {
    ADD_FAILURE() << document.error().text() << " in " << json;
    return {};
  }
  const base::Document* node = &*document;
  while (!path.empty() && node != nullptr) {
    if (path.starts_with('[')) {
      std::size_t index = 0;
      const std::size_t close = path.find(']');
      std::from_chars(path.data() + 1, path.data() + close, index);
      const bool there = node->is(base::DocumentKind::list) && index < node->items().size();
      node = there ? &node->items()[index] : nullptr;
      path.remove_prefix(close + 1);
    } else {
      if (path.starts_with('.')) path.remove_prefix(1);
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      node = node->find(path.substr(0, end));
      path.remove_prefix(end);
    }
  }
  if (node == nullptr) return {};
  if (node->is(base::DocumentKind::list)) return std::to_string(node->items().size());
  if (node->is(base::DocumentKind::map)) return std::to_string(node->entries().size());
  return std::string(node->text());
}

}  // namespace weir::gateway
