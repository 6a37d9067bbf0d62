#include "mover/object_stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <cerrno>
#include <chrono>

#include "base/json.h"

namespace weir::mover {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using base::ErrorCode;
using base::fail;
using base::Result;
using beast::error_code;

namespace {

constexpr int receive_buffer_bytes = 256 << 10;
constexpr std::size_t error_text_most = 4096;

// Waits until the socket can be read; not longer than asked, and not once stopped.
error_code wait_readable(int socket, const Waiting& waiting) {
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::microseconds(waiting.stall.count());
  for (;;) {
    if (waiting.stop.stop_requested())
      return make_error_code(boost::system::errc::operation_canceled);
    if (std::chrono::steady_clock::now() >= until)
      return make_error_code(boost::system::errc::timed_out);
    pollfd socket_state{socket, POLLIN, 0};
    constexpr int look_for_stop_every_ms = 100;
    if (::poll(&socket_state, 1, look_for_stop_every_ms) > 0) return {};
  }
}

// A socket as Beast reads from it.
struct Socket {
  base::Descriptor descriptor;
  Waiting waiting;

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, error_code& error) {
    error = wait_readable(descriptor.get(), waiting);
    if (error) return 0;
    const boost::asio::mutable_buffer first = *boost::asio::buffer_sequence_begin(buffers);
    const ssize_t count = ::recv(descriptor.get(), first.data(), first.size(), 0);
    if (count < 0) error = error_code(errno, boost::system::system_category());
    if (count == 0) error = boost::asio::error::eof;
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers) {
    error_code error;
    const std::size_t count = read_some(buffers, error);
    if (error) throw boost::system::system_error(error);
    return count;
  }
};

bool send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Result<base::Descriptor> connect_to(std::uint16_t port) {
  base::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return base::fail_errno("make a socket", errno);
  // Small, so that little more is under way than what was asked for.
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
               sizeof receive_buffer_bytes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = ::htons(port);
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(ErrorCode::unavailable, "rclone does not answer");
  }
  return socket;
}

}  // namespace

struct ObjectStream::Connection {
  Socket socket;
  beast::flat_static_buffer<(std::size_t{64} << 10)> buffer;
  http::response_parser<http::buffer_body> parser;

  // What came, up to the size of `into`; 0 at the end of the body.
  Result<std::size_t> read(std::span<char> into) {
    if (parser.is_done()) return 0;
    auto& body = parser.get().body();
    body.data = into.data();
    body.size = into.size();
    body.more = true;
    error_code error;
    // One piece as it comes: http::read would wait until `into` is full.
    while (body.size == into.size() && !parser.is_done() && !error) {
      http::read_some(socket, buffer, parser, error);
      if (error == http::error::need_buffer) error = {};
    }
    const std::size_t count = into.size() - body.size;
    if (count == 0 && error) {
      return fail(ErrorCode::unavailable, "the stream broke off: " + error.message());
    }
    return count;
  }

  // rclone's own words for what went wrong.
  std::string error_text() {
    std::string text(error_text_most, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
      const Result<std::size_t> count = read(std::span(text).subspan(size));
      if (!count || *count == 0) break;
      size += *count;
    }
    text.resize(size);
    const auto document = base::parse_json(text);
    const base::Document* said = document ? document->find("error") : nullptr;
    return said != nullptr && said->is(base::DocumentKind::text) ? std::string(said->text()) : text;
  }
};

ObjectStream::ObjectStream(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}
ObjectStream::ObjectStream(ObjectStream&&) noexcept = default;
ObjectStream& ObjectStream::operator=(ObjectStream&&) noexcept = default;
ObjectStream::~ObjectStream() = default;

Result<ObjectStream> ObjectStream::open(const Rclone& rclone, std::size_t replica,
                                        const std::string& path, std::int64_t offset,
                                        std::int64_t count, const Waiting& waiting) {
  auto connection = std::make_unique<Connection>();
  connection->socket = {WEIR_TRY(connect_to(rclone.port())), waiting};
  const std::string request = "GET " + Rclone::target_of(replica, path) +
                              " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                              "Authorization: " +
                              rclone.authorization() +
                              "\r\nRange: bytes=" + std::to_string(offset) + "-" +
                              std::to_string(offset + count - 1) + "\r\n\r\n";
  if (!send_all(connection->socket.descriptor.get(), request)) {
    return fail(ErrorCode::unavailable, "rclone does not answer");
  }
  auto& parser = connection->parser;
  parser.body_limit(boost::none);
  error_code error;
  http::read_header(connection->socket, connection->buffer, parser, error);
  if (error) return fail(ErrorCode::unavailable, "no answer: " + error.message());
  const auto status = parser.get().result();
  if (status == http::status::not_found) {
    return fail(ErrorCode::not_found, rclone.without_secrets(connection->error_text()));
  }
  if (status == http::status::range_not_satisfiable) {
    return fail(ErrorCode::not_found, "the file ends before");
  }
  const bool is_whole = status == http::status::ok && offset == 0;
  if (status != http::status::partial_content && !is_whole) {
    return fail(ErrorCode::unavailable, rclone.without_secrets(connection->error_text()));
  }
  const auto length = parser.content_length();
  if (!length || *length < static_cast<std::uint64_t>(count)) {
    return fail(ErrorCode::not_found, "the file ends before");
  }
  return ObjectStream(std::move(connection));
}

Result<std::size_t> ObjectStream::read(std::span<char> into, const Waiting& waiting) {
  connection_->socket.waiting = waiting;
  const std::size_t count = WEIR_TRY(connection_->read(into));
  if (count == 0) return fail(ErrorCode::unavailable, "the stream ended early");
  return count;
}

}  // namespace weir::mover
