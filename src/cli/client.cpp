#include "cli/client.h"

#include <sodium.h>

#include <array>
#include <cstdlib>

#include "app/files.h"
#include "http/answer.h"
#include "journal/data_folder.h"

namespace weir::cli {

using base::ErrorCode;
using base::fail;

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread yet
  return value == nullptr ? "" : value;
}

base::Error error_of(const http::HttpResponse& response) {
  return http::error_of_problem(http::code_of(response.status), response.body,
                                "the server answered " + std::to_string(response.status));
}

base::Result<std::string> token_from(const std::string& path) {
  constexpr std::size_t token_bytes_max = 4096;
  auto token = app::read_private_file(path, token_bytes_max);
  if (!token) {
    return fail(ErrorCode::unauthenticated, "no token: " + token.error().message, "",
                "give one with --token-file or in WEIR_TOKEN");
  }
  while (token->ends_with('\n') || token->ends_with(' ')) token->pop_back();
  return token;
}

}  // namespace

std::string default_data_folder() {
  if (std::string home = variable("WEIR_HOME"); !home.empty()) return home;
  if (const std::string data = variable("XDG_DATA_HOME"); !data.empty()) return data + "/weir";
  const std::string home = variable("HOME");
  return (home.empty() ? "." : home) + "/.local/share/weir";
}

base::Result<Client> Client::connect(const Connection& connection,
                                     std::function<bool()> interrupted) {
  std::string server = connection.server.empty() ? variable("WEIR_SERVER") : connection.server;
  if (server.empty()) {
    const auto holder = WEIR_TRY(journal::data_folder_holder(connection.data_folder));
    if (!holder || holder->address.empty()) {
      return fail(ErrorCode::unavailable, "no Weir runs on " + connection.data_folder, "",
                  "start one with `weir serve`, or name one with --server or WEIR_SERVER");
    }
    server = holder->address;
  }
  std::string token = connection.token_file.empty() ? variable("WEIR_TOKEN") : "";
  if (token.empty()) {
    token = WEIR_TRY(token_from(connection.token_file.empty()
                                    ? connection.data_folder + "/operator.token"
                                    : connection.token_file));
  }
  http::HttpClientOptions options;
  options.interrupted = std::move(interrupted);
  auto http = http::HttpClient::connect(server, std::move(options));
  if (!http) {
    base::Error error = http.error();
    if (error.hint.empty()) error.hint = "is it running? `weir serve` starts one";
    return fail(std::move(error));
  }
  return Client(*std::move(http), std::move(server), std::move(token));
}

http::HeaderList Client::with_identity(http::HeaderList headers) const {
  headers.emplace_back("Authorization", "Bearer " + token_);
  return headers;
}

base::Result<std::string> Client::call(std::string_view method, const std::string& target,
                                       std::string_view body, http::HeaderList headers) {
  const bool typed = !body.empty();
  if (typed) headers.emplace_back("Content-Type", "application/json");
  auto response = WEIR_TRY(http_.request(method, target, with_identity(std::move(headers)), body));
  if (response.status / 100 != 2) return fail(error_of(response));
  return std::move(response.body);
}

base::Status Client::upload(const std::string& target, const std::string& path) {
  const auto response = WEIR_TRY(http_.upload("PUT", target, with_identity({}), path));
  if (response.status / 100 != 2) return fail(error_of(response));
  return {};
}

base::Result<bool> Client::exists(const std::string& target) {
  const auto response = WEIR_TRY(http_.request("HEAD", target, with_identity({})));
  if (response.status == 404) return false;
  if (response.status / 100 != 2) return fail(error_of(response));
  return true;
}

base::Status Client::events(std::string_view method, const std::string& target,
                            std::string_view body,
                            const std::function<bool(const http::ServerEvent&)>& on_event) {
  http::EventParser parser;
  std::optional<base::Error> broken;
  http::HeaderList headers{{"Accept", "text/event-stream"}};
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  const auto response = WEIR_TRY(http_.stream(method, target, with_identity(std::move(headers)),
                                              body, [&](std::string_view bytes) {
                                                const auto events = parser.feed(bytes);
                                                if (!events) {
                                                  broken = events.error();
                                                  return false;
                                                }
                                                for (const http::ServerEvent& event : *events) {
                                                  if (!on_event(event)) return false;
                                                }
                                                return true;
                                              }));
  if (broken) return fail(*std::move(broken));
  if (response.status / 100 != 2) return fail(error_of(response));
  return {};
}

std::string escape(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '_' || byte == '.';
    if (plain) {
      out += letter;
      continue;
    }
    constexpr std::string_view digits = "0123456789ABCDEF";
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

std::string fresh_idempotency_key() {
  std::array<unsigned char, 16> random{};
  randombytes_buf(random.data(), random.size());
  std::string text(2 * random.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), random.data(), random.size());
  text.pop_back();
  return text;
}

}  // namespace weir::cli
