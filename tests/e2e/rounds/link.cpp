#include "tests/e2e/rounds/link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <list>
#include <string>
#include <vector>

namespace weir::e2e {

namespace {

constexpr std::size_t held_bytes_most = 1U << 20U;  // of one direction, before the sender waits

sockaddr_in address_of(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

base::Descriptor listen_on_any(std::uint16_t& port) {
  base::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address = address_of(0);
  socklen_t size = sizeof address;
  constexpr int waiting_most = 64;
  auto* const as_any = reinterpret_cast<sockaddr*>(&address);
  if (!socket || ::bind(socket.get(), as_any, size) != 0 ||
      ::listen(socket.get(), waiting_most) != 0 ||
      ::getsockname(socket.get(), as_any, &size) != 0) {
    return {};
  }
  port = ntohs(address.sin_port);
  return socket;
}

// One direction: what was read and has not been written yet.
struct Flow {
  std::string held;
  bool is_over = false;  // nothing more comes

  // False: the connection is broken.
  bool take(int from) {
    std::array<char, 65'536> buffer{};
    const ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
    if (got > 0) held.append(buffer.data(), static_cast<std::size_t>(got));
    if (got == 0) is_over = true;
    return got >= 0 || errno == EAGAIN || errno == EINTR;
  }
  bool give(int to) {
    if (held.empty()) return true;
    const ssize_t sent = ::send(to, held.data(), held.size(), MSG_NOSIGNAL);
    if (sent > 0) held.erase(0, static_cast<std::size_t>(sent));
    if (held.empty() && is_over) ::shutdown(to, SHUT_WR);
    return sent >= 0 || errno == EAGAIN || errno == EINTR;
  }
  [[nodiscard]] bool may_take() const { return !is_over && held.size() < held_bytes_most; }
};

// With a reset, as a line that is gone answers.
void break_off(base::Descriptor& socket) {
  const linger at_once{1, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket.close();
}

}  // namespace

struct Link::Pair {
  base::Descriptor near;
  base::Descriptor far;
  Flow out;  // near to far
  Flow in;

  void watch(std::vector<pollfd>& sources) const {
    const auto events = [](const Flow& read, const Flow& write) {
      return static_cast<short>((read.may_take() ? POLLIN : 0) |
                                (write.held.empty() ? 0 : POLLOUT));
    };
    sources.push_back({near.get(), events(out, in), 0});
    sources.push_back({far.get(), events(in, out), 0});
  }
  // False: it is over.
  bool move(short at_near, short at_far) {
    constexpr short readable = POLLIN | POLLHUP | POLLERR;
    if ((at_near & readable) != 0 && out.may_take() && !out.take(near.get())) return false;
    if ((at_far & readable) != 0 && in.may_take() && !in.take(far.get())) return false;
    if (out.is_over && out.held.empty()) ::shutdown(far.get(), SHUT_WR);
    if (in.is_over && in.held.empty()) ::shutdown(near.get(), SHUT_WR);
    if (!out.give(far.get()) || !in.give(near.get())) return false;
    return !(out.is_over && in.is_over && out.held.empty() && in.held.empty());
  }
  void break_both() {
    break_off(near);
    break_off(far);
  }
};

base::Result<std::unique_ptr<Link>> Link::open(std::uint16_t to) {
  std::uint16_t port = 0;
  base::Descriptor listening = listen_on_any(port);
  base::Descriptor bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!listening || !bell) return base::fail_errno("open a port of loopback", errno);
  return std::unique_ptr<Link>(new Link(std::move(listening), std::move(bell), port, to));
}

Link::Link(base::Descriptor listening, base::Descriptor bell, std::uint16_t port, std::uint16_t to)
    : listening_(std::move(listening)),
      bell_(std::move(bell)),
      port_(port),
      to_(to),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Link::~Link() {
  thread_.request_stop();
  set(State::cut);
}

void Link::set(State state) {
  state_ = state;
  ::eventfd_write(bell_.get(), 1);
}

void Link::run(const std::stop_token& stop) {
  std::list<Pair> pairs;
  std::vector<pollfd> sources;
  while (!stop.stop_requested()) {
    const State state = state_;
    if (state == State::cut) {
      for (Pair& pair : pairs) pair.break_both();
      pairs.clear();
    }
    sources.assign({{bell_.get(), POLLIN, 0}});
    if (state != State::holds) {
      sources.push_back({listening_.get(), POLLIN, 0});
      for (const Pair& pair : pairs) pair.watch(sources);
    }
    ::poll(sources.data(), sources.size(), -1);
    eventfd_t rings = 0;
    ::eventfd_read(bell_.get(), &rings);
    if (state != state_ || state == State::holds) continue;
    std::size_t at = 2;
    for (auto pair = pairs.begin(); pair != pairs.end(); at += 2) {
      const bool goes_on = pair->move(sources[at].revents, sources[at + 1].revents);
      pair = goes_on ? std::next(pair) : pairs.erase(pair);
    }
    if (sources[1].revents == 0) continue;
    base::Descriptor near(
        ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!near) continue;
    base::Descriptor far(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in there = address_of(to_);
    const bool is_there =
        state == State::passes &&
        ::connect(far.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0;
    if (!is_there) {
      break_off(near);
      continue;
    }
    pairs.push_back({std::move(near), std::move(far), {}, {}});
  }
}

std::uint16_t free_port() {
  std::uint16_t port = 0;
  static_cast<void>(listen_on_any(port));
  return port;
}

}  // namespace weir::e2e
