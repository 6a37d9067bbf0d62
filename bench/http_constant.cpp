// What the HTTP server can do at all: one thread of it, 64 kept connections, a constant answer.
//
// The limit against which durable submissions are held. The client is as lean as it can be (fixed
// bytes out, bytes counted in), so that on two cores it does not slow the server down. Beside the
// rate stands the processor time of the server's thread for one request, which a busy machine
// changes least.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "figure.h"
#include "gateway/http/server.h"

namespace {

using Clock = std::chrono::steady_clock;
using weir::gateway::HttpRequest;
using weir::gateway::HttpResponse;
using weir::gateway::ResponseWriter;

constexpr unsigned connections = 64;
constexpr auto warm_up = std::chrono::milliseconds(300);
constexpr auto measured = std::chrono::seconds(3);
constexpr std::string_view request =
    "GET /v1/constant HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n";

HttpResponse constant() {
  HttpResponse response;
  response.content_type = "application/json";
  response.body = "{\"ok\":true}";
  return response;
}

void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(port);
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&place), sizeof place) != 0) fail("connect");
  return socket;
}

double thread_seconds() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

void send_request(int socket) {
  if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    fail("send");
  }
}

// Answers per second, with one request on its way on each connection. Every answer has the same
// size, so counting bytes counts answers.
double run(std::uint16_t port) {
  const int events = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<int> sockets;
  std::vector<std::size_t> received(connections, 0);
  for (unsigned i = 0; i < connections; ++i) {
    sockets.push_back(connect_to(port));
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.u32 = i;
    ::epoll_ctl(events, EPOLL_CTL_ADD, sockets.back(), &wanted);
  }
  std::vector<char> buffer(4096);
  send_request(sockets.front());
  const ssize_t answer_bytes = ::recv(sockets.front(), buffer.data(), buffer.size(), 0);
  if (answer_bytes <= 0) fail("receive");
  for (const int socket : sockets) send_request(socket);
  std::uint64_t answers = 0;
  const auto begin = Clock::now() + warm_up;
  auto now = Clock::now();
  std::vector<epoll_event> ready(connections);
  while (now < begin + measured) {
    const int count = ::epoll_wait(events, ready.data(), connections, 1000);
    for (int i = 0; i < count; ++i) {
      const unsigned which = ready[static_cast<std::size_t>(i)].data.u32;
      const ssize_t got = ::recv(sockets[which], buffer.data(), buffer.size(), 0);
      if (got <= 0) fail("receive");
      received[which] += static_cast<std::size_t>(got);
      if (received[which] < static_cast<std::size_t>(answer_bytes)) continue;
      received[which] = 0;
      if (now >= begin) ++answers;
      send_request(sockets[which]);
    }
    now = Clock::now();
  }
  for (const int socket : sockets) ::close(socket);
  ::close(events);
  return static_cast<double>(answers) / std::chrono::duration<double>(now - begin).count();
}

// The handler answers at once, on the server's thread.
bool measure_inline() {
  std::uint64_t requests = 0;
  double begin = 0;
  double end = 0;
  auto server = weir::gateway::HttpServer::listen(
      {}, [&](const HttpRequest& /*asked*/, const ResponseWriter& writer) {
        if (requests++ == 0) begin = thread_seconds();
        if (requests % 1024 == 0) end = thread_seconds();
        writer.send(constant());
      });
  if (!server) return false;
  const double rate = run((*server)->port());
  (*server)->stop();
  weir::bench::note("http_constant_server_time",
                    (end - begin) / static_cast<double>(requests / 1024 * 1024) * 1e6,
                    "us_per_request");
  return weir::bench::figure("http_constant", rate, "requests_per_s", 70'000,
                             weir::bench::Better::higher);
}

// Another thread answers whatever has gathered, as the engine does after a commit.
void measure_across_threads() {
  std::mutex mutex;
  std::vector<ResponseWriter> waiting;
  std::atomic<bool> ending = false;
  auto server = weir::gateway::HttpServer::listen(
      {}, [&](const HttpRequest& /*asked*/, const ResponseWriter& writer) {
        const std::lock_guard lock(mutex);
        waiting.push_back(writer);
      });
  if (!server) return;
  std::thread engine([&] {
    std::vector<ResponseWriter> batch;
    while (!ending) {
      {
        const std::lock_guard lock(mutex);
        batch.swap(waiting);
      }
      for (const ResponseWriter& writer : batch) writer.send(constant());
      if (batch.empty()) std::this_thread::sleep_for(std::chrono::microseconds(50));
      batch.clear();
    }
  });
  weir::bench::note("http_constant_other_thread", run((*server)->port()), "requests_per_s");
  ending = true;
  engine.join();
}

}  // namespace

int main() {
  const bool good = measure_inline();
  measure_across_threads();
  return good ? 0 : 1;
}
