#include "http/client.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cerrno>

#include "http/client_socket.h"
#include "http/parser.h"

namespace weir::http {
namespace {

using base::ErrorCode;
using base::fail;

constexpr std::size_t receive_bytes = 64U << 10U;
constexpr std::size_t proxy_head_max = 16U << 10U;

struct Place {
  std::string host;
  std::uint16_t port = 80;
  std::string prefix;     // "" or "/path", put before every target
  std::string authority;  // the Host field
  bool secure = false;    // https
};

base::Result<Place> parse_place(std::string_view text, bool may_be_secure) {
  const std::string whole = text.find("://") == std::string_view::npos
                                ? "http://" + std::string(text)
                                : std::string(text);
  const auto url = boost::urls::parse_uri(whole);
  const bool secure = !url.has_error() && url->scheme_id() == boost::urls::scheme::https;
  const bool fits =
      secure ? may_be_secure : !url.has_error() && url->scheme_id() == boost::urls::scheme::http;
  if (!fits || url->host().empty() || url->has_query() || url->has_fragment()) {
    return fail(ErrorCode::invalid, fmt::format("`{}` is not the address of a server", text), "url",
                may_be_secure ? "https://weir.example:8443"
                              : "http://127.0.0.1:8080; https is not supported here");
  }
  Place place;
  place.secure = secure;
  if (secure) place.port = 443;
  place.host = url->host_type() == boost::urls::host_type::ipv6 ? std::string(url->host_address())
                                                                : url->host();
  if (url->has_port()) place.port = url->port_number();
  place.prefix = std::string(url->encoded_path());
  if (place.prefix.ends_with('/')) place.prefix.pop_back();
  place.authority = std::string(url->encoded_host_and_port());
  return place;
}

bool may_repeat(std::string_view method, const HeaderList& headers) {
  if (method != "POST" && method != "PATCH") return true;
  return std::ranges::any_of(headers, [](const auto& field) {
    return equal_ignoring_case(field.first, "Idempotency-Key");
  });
}

HttpResponse response_of(MessageHead& head) {
  HttpResponse response;
  response.status = head.status;
  for (std::size_t i = 0; i < head.headers.size(); ++i) {
    const Headers::Field field = head.headers.at(i);
    response.headers.emplace_back(field.name, field.value);
    if (equal_ignoring_case(field.name, "Content-Type")) response.content_type = field.value;
  }
  return response;
}

// Where the body of a request comes from: memory, or a file read piece by piece.
class BodySource {
 public:
  explicit BodySource(std::string_view memory) : bytes_(memory.size()), piece_(memory) {}
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  ~BodySource() {
    if (file_ >= 0) ::close(file_);
  }

  base::Status open(const std::string& path) {
    path_ = path;
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) return base::fail_errno("open " + path, errno);
    struct stat facts{};
    if (::fstat(file_, &facts) != 0) return base::fail_errno("stat " + path, errno);
    bytes_ = static_cast<std::uint64_t>(facts.st_size);
    return {};
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  void rewind() { offset_ = 0; }

  // The next piece; "" at the end.
  base::Result<std::string_view> next() {
    const std::uint64_t left = bytes_ - offset_;
    if (left == 0) return std::string_view();
    if (file_ < 0) {
      offset_ = bytes_;
      return piece_;
    }
    buffer_.resize(receive_bytes);
    const ssize_t got =
        ::pread(file_, buffer_.data(), std::min<std::uint64_t>(left, buffer_.size()),
                static_cast<off_t>(offset_));
    if (got < 0) return base::fail_errno("read " + path_, errno);
    if (got == 0) return fail(ErrorCode::input_output, path_ + " became shorter while it was sent");
    offset_ += static_cast<std::uint64_t>(got);
    return std::string_view(buffer_).substr(0, static_cast<std::size_t>(got));
  }

 private:
  std::uint64_t bytes_;
  std::uint64_t offset_ = 0;
  std::string_view piece_;
  std::string path_;
  std::string buffer_;
  int file_ = -1;
};

}  // namespace

// The connection and what is read from it.
class HttpClient::Wire {
 public:
  Wire(Place place, HttpClientOptions options)
      : place_(std::move(place)),
        options_(std::move(options)),
        parser_(MessageParser::Kind::response, {.head_bytes_max = 256U << 10U}) {
    socket_.set_interrupted(options_.interrupted);
  }

  base::Status connect() {
    received_.clear();
    fresh_ = true;
    if (options_.proxy.empty()) {
      WEIR_TRY_STATUS(socket_.connect(place_.host, place_.port, options_.connect_timeout));
    } else {
      WEIR_TRY_STATUS(connect_by_proxy());
    }
    if (!place_.secure) return {};
    return socket_.secure(*options_.tls, place_.host, options_.connect_timeout);
  }

  // One exchange, a second time on a new connection if the kept one was dead and that is safe.
  base::Result<HttpResponse> exchange(std::string_view method, std::string_view target,
                                      const HeaderList& headers, BodySource& body,
                                      const std::function<bool(std::string_view)>* on_bytes) {
    const bool usable = socket_.is_open() && received_.empty() && !socket_.readable();
    if (!usable) WEIR_TRY_STATUS(connect());
    const bool kept = !fresh_;
    auto answer = exchange_once(method, target, headers, body, on_bytes);
    if (!answer) socket_.close();
    if (answer || !kept || parser_.started() || !may_repeat(method, headers) ||
        answer.error().code != ErrorCode::unavailable || socket_.gave_up()) {
      return answer;
    }
    WEIR_TRY_STATUS(connect());
    body.rewind();
    answer = exchange_once(method, target, headers, body, on_bytes);
    if (!answer) socket_.close();
    return answer;
  }

 private:
  // RFC 9110, 9.3.6. What the proxy says is read a byte at a time: what comes behind is not its
  // own.
  base::Status connect_by_proxy() {
    const Place proxy = WEIR_TRY(parse_place(options_.proxy, false));
    WEIR_TRY_STATUS(socket_.connect(proxy.host, proxy.port, options_.connect_timeout));
    const std::string there = fmt::format("{}:{}", place_.host, place_.port);
    if (!WEIR_TRY(send_all(fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", there)))) {
      return fail(ErrorCode::unavailable, "the proxy ended the connection");
    }
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
      char letter = 0;
      const std::size_t got = WEIR_TRY(socket_.receive(&letter, 1, options_.connect_timeout));
      if (got == 0 || head.size() > proxy_head_max) {
        return fail(ErrorCode::unavailable, "the proxy did not say whether it connects");
      }
      head += letter;
    }
    constexpr std::size_t status_at = 9;  // behind "HTTP/1.1 "
    if (head.size() > status_at && head[status_at] == '2') return {};
    return fail(ErrorCode::unavailable,
                "the proxy does not connect: " + head.substr(0, head.find('\r')));
  }

  base::Result<HttpResponse> exchange_once(std::string_view method, std::string_view target,
                                           const HeaderList& headers, BodySource& body,
                                           const std::function<bool(std::string_view)>* on_bytes) {
    parser_.restart(method == "HEAD");
    const bool all_sent = WEIR_TRY(send_request(method, target, headers, body));
    WEIR_TRY_STATUS(read_head(method == "HEAD"));
    HttpResponse response = response_of(parser_.head());
    const bool keep = parser_.head().keep_alive && all_sent;
    const bool streamed = on_bytes != nullptr && response.status / 100 == 2;
    const bool whole = WEIR_TRY(read_body(response, streamed ? on_bytes : nullptr));
    fresh_ = false;
    if (!keep || !whole) socket_.close();
    return response;
  }

  // False if an answer came before everything was sent.
  base::Result<bool> send_request(std::string_view method, std::string_view target,
                                  const HeaderList& headers, BodySource& body) {
    std::string head = fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\n", method, place_.prefix,
                                   target, place_.authority);
    for (const auto& [name, value] : headers) {
      if (name.find_first_of("\r\n:") != std::string::npos ||
          value.find_first_of("\r\n") != std::string::npos) {
        return fail(ErrorCode::invalid, "a header field holds a line end", name);
      }
      head += fmt::format("{}: {}\r\n", name, value);
    }
    if (body.bytes() > 0 || (method != "GET" && method != "HEAD" && method != "DELETE")) {
      head += fmt::format("Content-Length: {}\r\n", body.bytes());
    }
    head += "\r\n";
    std::string_view piece = WEIR_TRY(body.next());
    // A small body goes out together with its head.
    const bool together = piece.size() <= receive_bytes;
    if (together) head += piece;
    if (!WEIR_TRY(send_all(head))) return false;
    if (together) piece = WEIR_TRY(body.next());
    while (!piece.empty()) {
      if (!WEIR_TRY(send_all(piece))) return false;
      piece = WEIR_TRY(body.next());
    }
    return true;
  }

  base::Result<bool> send_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t sent = WEIR_TRY(socket_.send_some(bytes, options_.idle_timeout));
      if (sent == 0) return false;
      bytes.remove_prefix(sent);
    }
    return true;
  }

  // Feeds the parser until `done`, receiving as needed.
  base::Status pull(const BodySink& sink, base::Duration timeout, ParseState until) {
    for (;;) {
      const std::size_t used = parser_.put(received_, sink);
      received_.erase(0, used);
      if (parser_.state() == ParseState::failed) {
        return fail(ErrorCode::invalid, "the answer is not HTTP: " + parser_.problem().detail);
      }
      if (parser_.state() == until || parser_.state() == ParseState::complete) return {};
      const std::size_t before = received_.size();
      received_.resize(before + receive_bytes);
      const auto got = socket_.receive(received_.data() + before, receive_bytes, timeout);
      received_.resize(before + got.value_or(0));
      if (!got) return fail(got.error());
      if (*got > 0) continue;
      if (parser_.started()) parser_.put_end();
      if (parser_.state() == ParseState::complete) return {};
      return fail(ErrorCode::unavailable, "the server ended the connection without an answer");
    }
  }

  base::Status read_head(bool bodiless) {
    for (;;) {
      WEIR_TRY_STATUS(pull({}, options_.idle_timeout, ParseState::body));
      const unsigned status = parser_.head().status;
      if (status / 100 != 1) return {};
      if (status == 101) return fail(ErrorCode::invalid, "the server switched protocols unasked");
      parser_.restart(bodiless);
    }
  }

  // False if the reader wanted no more, and the connection stands in the middle of the body.
  base::Result<bool> read_body(HttpResponse& response,
                               const std::function<bool(std::string_view)>* on_bytes) {
    if (parser_.state() == ParseState::complete) return true;
    bool enough = false;
    bool too_large = false;
    const BodySink sink = [&](std::string_view piece) {
      if (on_bytes != nullptr) {
        enough = !(*on_bytes)(piece);
        return !enough;
      }
      too_large = response.body.size() + piece.size() > options_.body_bytes_max;
      if (!too_large) response.body += piece;
      return !too_large;
    };
    const auto timeout = on_bytes != nullptr ? options_.stream_idle_timeout : options_.idle_timeout;
    const auto pulled = pull(sink, timeout, ParseState::complete);
    if (enough) return false;
    if (too_large) {
      return fail(ErrorCode::too_large,
                  fmt::format("the answer is over {} bytes", options_.body_bytes_max));
    }
    if (!pulled) return fail(pulled.error());
    return true;
  }

  Place place_;
  HttpClientOptions options_;
  ClientSocket socket_;
  MessageParser parser_;
  std::string received_;  // and not yet parsed
  bool fresh_ = true;     // no answer has come on this connection yet
};

HttpClient::HttpClient(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}
HttpClient::HttpClient(HttpClient&& other) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&& other) noexcept = default;
HttpClient::~HttpClient() = default;

base::Result<HttpClient> HttpClient::connect(std::string_view url, HttpClientOptions options) {
  auto wire = std::make_unique<Wire>(WEIR_TRY(parse_place(url, options.tls.has_value())),
                                     std::move(options));
  WEIR_TRY_STATUS(wire->connect());
  return HttpClient(std::move(wire));
}

base::Result<HttpResponse> HttpClient::request(std::string_view method, std::string_view target,
                                               const HeaderList& headers, std::string_view body) {
  BodySource source(body);
  return wire_->exchange(method, target, headers, source, nullptr);
}

base::Result<HttpResponse> HttpClient::upload(std::string_view method, std::string_view target,
                                              const HeaderList& headers, const std::string& path) {
  BodySource source{std::string_view()};
  WEIR_TRY_STATUS(source.open(path));
  return wire_->exchange(method, target, headers, source, nullptr);
}

base::Result<HttpResponse> HttpClient::stream(
    std::string_view method, std::string_view target, const HeaderList& headers,
    std::string_view body, const std::function<bool(std::string_view)>& on_bytes) {
  BodySource source(body);
  return wire_->exchange(method, target, headers, source, &on_bytes);
}

}  // namespace weir::http
