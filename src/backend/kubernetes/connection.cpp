#include "backend/kubernetes/connection.h"

#include <sys/stat.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <charconv>

#include "backend/kubernetes/json_reading.h"

namespace weir::backend::kubernetes {
namespace {

using base::ErrorCode;

constexpr base::Duration fresh_for = std::chrono::seconds(1);
constexpr base::Duration retry_after_most = std::chrono::minutes(1);
// A watch says something each minute, and is ended by its server before this.
constexpr base::Duration silence_most = std::chrono::minutes(5);

ErrorCode code_of(unsigned status) {
  switch (status) {
    case 401:
      return ErrorCode::unauthenticated;
    case 403:
      return ErrorCode::forbidden;
    case 404:
      return ErrorCode::not_found;
    case 409:
      return ErrorCode::conflict;
    case 410:
      return ErrorCode::too_large;
    case 422:
      return ErrorCode::refused;
    case 429:
      return ErrorCode::too_many;
    default:
      return status / 100 == 5 ? ErrorCode::unavailable : ErrorCode::invalid;
  }
}

Answer answer_of(http::HttpResponse response) {
  Answer answer;
  answer.status = response.status;
  if (const auto header = response.header("Retry-After")) {
    std::int64_t seconds = 0;
    const auto [end, error] =
        std::from_chars(header->data(), header->data() + header->size(), seconds);
    if (error == std::errc{} && seconds >= 0 && seconds < 3600) {
      answer.retry_after =
          std::min<base::Duration>(std::chrono::seconds(seconds), retry_after_most);
    }
  }
  if (const auto date = response.header("Date")) {
    std::tm parts{};
    if (::strptime(std::string(*date).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) != nullptr) {
      answer.date_us = std::int64_t{::timegm(&parts)} * 1'000'000;
    }
  }
  answer.body = std::move(response.body);
  return answer;
}

}  // namespace

base::Error error_of(const Answer& answer) {
  std::string words;
  if (const auto status = parse_answer(answer.body)) words = text_at(*status, {"message"});
  if (words.empty()) words = "the cluster answered with status " + std::to_string(answer.status);
  return {code_of(answer.status), std::move(words), "", "", {}};
}

// The one place where the way to the server is chosen: TLS for https, with the cluster's authority
// and, where there is one, our certificate; plain HTTP as `kubectl proxy` gives it.
base::Status Connection::connect() {
  if (client_) return {};
  http::HttpClientOptions options;
  options.idle_timeout = idle_timeout_;
  options.stream_idle_timeout = silence_most;
  options.interrupted = interrupted_;
  if (access_.server.starts_with("https://")) {
    if (access_.authority.empty()) {
      return base::fail(ErrorCode::invalid,
                        "nothing says which authority certifies " + access_.server, "",
                        "certificate-authority in the kubeconfig");
    }
    options.tls.emplace();
    options.tls->own = {access_.certificate, access_.key, access_.authority};
  }
  client_.emplace(WEIR_TRY(http::HttpClient::connect(access_.server, std::move(options))));
  return {};
}

// A connection that was still for a while may have nobody at its other end.
base::Status Connection::open() {
  if (std::chrono::steady_clock::now() - answered_ > fresh_for) client_.reset();
  return connect();
}

// A service account's token is changed on the disk long before it ends.
base::Result<std::string> Connection::token() {
  if (access_.token_file.empty()) return access_.token;
  struct stat about{};
  if (::stat(access_.token_file.c_str(), &about) != 0) {
    return base::fail_errno("find " + access_.token_file, errno);
  }
  const bool is_new = about.st_mtim.tv_sec != token_changed_.tv_sec ||
                      about.st_mtim.tv_nsec != token_changed_.tv_nsec;
  if (is_new || read_token_.empty()) {
    read_token_ = WEIR_TRY(read_text_file(access_.token_file));
    while (!read_token_.empty() && read_token_.back() <= ' ') read_token_.pop_back();
    token_changed_ = about.st_mtim;
  }
  return read_token_;
}

base::Result<http::HeaderList> Connection::headers(bool has_body, std::string_view content_type) {
  http::HeaderList list = {{"Accept", "application/json"}, {"User-Agent", "weir"}};
  const std::string bearer = WEIR_TRY(token());
  if (!bearer.empty()) list.emplace_back("Authorization", "Bearer " + bearer);
  if (has_body) list.emplace_back("Content-Type", content_type);
  return list;
}

base::Result<Answer> Connection::request(std::string_view method, const std::string& target,
                                         std::string_view body, std::string_view content_type) {
  WEIR_TRY_STATUS(connect());
  const http::HeaderList list = WEIR_TRY(headers(!body.empty(), content_type));
  auto response = client_->request(method, target, list, body);
  if (!response) {
    client_.reset();
    return base::fail(response.error());
  }
  answered_ = std::chrono::steady_clock::now();
  return answer_of(*std::move(response));
}

base::Result<Answer> Connection::follow(const std::string& target,
                                        const std::function<bool(std::string_view)>& on_bytes) {
  WEIR_TRY_STATUS(connect());
  const http::HeaderList list = WEIR_TRY(headers(false, ""));
  auto response = client_->stream("GET", target, list, "", on_bytes);
  if (!response) {
    client_.reset();
    return base::fail(response.error());
  }
  return answer_of(*std::move(response));
}

}  // namespace weir::backend::kubernetes
