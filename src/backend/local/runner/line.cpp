#include "backend/local/runner/line.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

// A runner without work costs little, and nothing at all is better.
constexpr std::int64_t idle_us_max = 10'000'000;

enum class Heard : std::uint8_t { order, nothing_yet, end };

void keep_descriptors(const cmsghdr& header) {
  const std::size_t count = (header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t i = 0; i < count && i < descriptors_max; ++i) {
    int given = -1;
    std::memcpy(&given, CMSG_DATA(&header) + i * sizeof given, sizeof given);
    ::dup3(given, order_descriptor + static_cast<int>(i), O_CLOEXEC);
    ::close(given);
  }
}

Heard hear() {
  char byte = 0;
  iovec bytes{&byte, 1};
  alignas(cmsghdr) char descriptors[CMSG_SPACE(descriptors_max * sizeof(int))];
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = descriptors;
  message.msg_controllen = sizeof descriptors;
  const ssize_t count = ::recvmsg(line_descriptor, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Heard::nothing_yet;
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (count <= 0 || header == nullptr || header->cmsg_type != SCM_RIGHTS) return Heard::end;
  keep_descriptors(*header);
  return Heard::order;
}

std::optional<RunnerOrder> read_order() {
  struct stat about{};
  if (::fstat(order_descriptor, &about) != 0 || about.st_size < 0) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(about.st_size), '\0');
  const ssize_t count = ::pread(order_descriptor, bytes.data(), bytes.size(), 0);
  RunnerOrder order;
  if (count != about.st_size || !decode(bytes, order)) return std::nullopt;
  return order;
}

}  // namespace

std::optional<RunnerOrder> next_order(Events& events) {
  const std::int64_t until_us = steady_us() + idle_us_max;
  events.set_alarm(until_us);
  for (;;) {
    const Heard heard = hear();
    if (heard == Heard::order) return read_order();
    if (heard == Heard::end) return std::nullopt;
    pollfd line{line_descriptor, POLLIN, 0};
    events.wait(&line, 1);
    // A stop that came with an order is the order's; next to none, it is for this runner.
    if (line.revents == 0 && (events.take_signals().told_to_stop || steady_us() >= until_us)) {
      return std::nullopt;
    }
  }
}

void tell_ended() {
  static_cast<void>(::send(line_descriptor, "e", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
}

}  // namespace weir::backend::local
