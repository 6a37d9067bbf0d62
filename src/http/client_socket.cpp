#include "http/client_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

namespace weir::http {
namespace {

using base::ErrorCode;
using base::fail;
using Clock = std::chrono::steady_clock;

// How long a wait may go on before `interrupted` is asked again.
constexpr auto slice = std::chrono::milliseconds(100);

tl::unexpected<base::Error> broken(std::string_view what, int errno_value) {
  return fail(ErrorCode::unavailable, fmt::format("{}: {}", what, std::strerror(errno_value)));
}

int milliseconds_left(Clock::time_point end, bool for_ever, bool sliced) {
  auto left = for_ever ? std::chrono::milliseconds(60'000)
                       : std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
  if (sliced) left = std::min(left, std::chrono::milliseconds(slice));
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

}  // namespace

void ClientSocket::close() {
  if (tls_) SSL_shutdown(tls_.get());  // as far as it goes without waiting
  tls_.reset();
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

base::Status ClientSocket::wait_for_tls(int result, base::Duration timeout) {
  const int trouble = SSL_get_error(tls_.get(), result);
  if (trouble == SSL_ERROR_WANT_READ || trouble == SSL_ERROR_WANT_WRITE) {
    WEIR_TRY(wait(trouble == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, timeout));
    return {};
  }
  if (trouble == SSL_ERROR_SYSCALL && errno != 0) return broken("TLS", errno);
  return fail(ErrorCode::unavailable, "TLS: " + tls_trouble());
}

base::Status ClientSocket::secure(const TlsClientOptions& options, const std::string& host,
                                  base::Duration timeout) {
  const TlsContext context = WEIR_TRY(client_context(options));
  tls_ = {SSL_new(context.get()), &SSL_free};
  if (!tls_ || SSL_set_fd(tls_.get(), socket_) != 1) {
    return fail(ErrorCode::unavailable, "TLS: " + tls_trouble());
  }
  SSL_set_tlsext_host_name(tls_.get(), host.c_str());
  for (;;) {
    errno = 0;
    const int result = SSL_connect(tls_.get());
    if (result == 1) break;
    const base::Status more = wait_for_tls(result, timeout);
    if (more) continue;
    const bool unknown = SSL_get_verify_result(tls_.get()) != X509_V_OK;
    tls_.reset();
    close();
    if (!unknown) return more;
    return fail(ErrorCode::refused,
                "the server's certificate does not hold: " + more.error().message);
  }
  const base::Status meant = check_server(tls_.get(), options, host);
  if (!meant) close();
  return meant;
}

bool ClientSocket::readable() const {
  if (tls_ && SSL_pending(tls_.get()) > 0) return true;
  pollfd entry{socket_, POLLIN | POLLRDHUP, 0};
  return ::poll(&entry, 1, 0) != 0;
}

base::Result<short> ClientSocket::wait(short events, base::Duration timeout) {
  gave_up_ = false;
  const bool for_ever = timeout <= base::Duration(0);
  const Clock::time_point end = Clock::now() + timeout;
  for (;;) {
    if (interrupted_ && interrupted_()) {
      gave_up_ = true;
      return fail(ErrorCode::unavailable, "interrupted");
    }
    pollfd entry{socket_, events, 0};
    const int found = ::poll(&entry, 1, milliseconds_left(end, for_ever, interrupted_ != nullptr));
    if (found < 0 && errno != EINTR) return broken("poll", errno);
    if (found > 0) return entry.revents;
    if (found == 0 && !for_ever && Clock::now() >= end) {
      gave_up_ = true;
      return fail(ErrorCode::unavailable, fmt::format("the server did not answer within {} ms",
                                                      base::to_us(timeout) / 1000));
    }
  }
}

base::Status ClientSocket::connect(const std::string& host, std::uint16_t port,
                                   base::Duration timeout) {
  close();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int trouble = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (trouble != 0) {
    return fail(ErrorCode::unavailable,
                fmt::format("cannot find the host `{}`: {}", host, ::gai_strerror(trouble)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, &::freeaddrinfo);
  base::Status last = fail(ErrorCode::unavailable, fmt::format("`{}` has no address", host));
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    close();
    socket_ = ::socket(entry->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0) return broken("socket", errno);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int error = ::connect(socket_, entry->ai_addr, entry->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      const auto ready = wait(POLLOUT, timeout);
      if (!ready) {
        close();
        return fail(ready.error());
      }
      socklen_t size = sizeof error;
      ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error == 0) return {};
    last = broken(fmt::format("connect to {} port {}", host, port), error);
  }
  close();
  return last;
}

base::Result<std::size_t> ClientSocket::send_some(std::string_view bytes, base::Duration timeout) {
  while (tls_) {
    std::size_t sent = 0;
    errno = 0;
    const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &sent);
    if (result == 1) return sent;
    // Refused in the middle: the reason may already lie here to be received.
    if (SSL_get_error(tls_.get(), result) == SSL_ERROR_SYSCALL && readable()) return std::size_t{0};
    WEIR_TRY_STATUS(wait_for_tls(result, timeout));
  }
  for (;;) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EINTR) continue;
    // Refused in the middle: the reason may already lie here to be received.
    if ((errno == EPIPE || errno == ECONNRESET) && readable()) return std::size_t{0};
    if (errno != EAGAIN) return broken("send", errno);
    const short events = WEIR_TRY(wait(POLLOUT | POLLIN, timeout));
    if ((events & POLLIN) != 0) return std::size_t{0};
  }
}

base::Result<std::size_t> ClientSocket::receive(char* data, std::size_t size,
                                                base::Duration timeout) {
  while (tls_) {
    std::size_t received = 0;
    errno = 0;
    const int result = SSL_read_ex(tls_.get(), data, size, &received);
    if (result == 1) return received;
    if (SSL_get_error(tls_.get(), result) == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
    WEIR_TRY_STATUS(wait_for_tls(result, timeout));
  }
  for (;;) {
    const ssize_t received = ::recv(socket_, data, size, 0);
    if (received >= 0) return static_cast<std::size_t>(received);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return broken("receive", errno);
    WEIR_TRY(wait(POLLIN, timeout));
  }
}

}  // namespace weir::http
