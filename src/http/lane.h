// One thread of the server with what it alone touches: an io_context, its connections, one clock
// hand for all their deadlines, and a mailbox through which other threads reach them.
//
// Inside of the server: only server.cpp and connection.cpp include this.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>
#include <vector>

#include "http/server.h"

namespace weir::http {

class Connection;

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using SteadyTimer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
using SteadyTime = std::chrono::steady_clock::time_point;

struct Counters {
  std::atomic<std::uint64_t> connections_open = 0;
  std::atomic<std::uint64_t> connections_accepted = 0;
  std::atomic<std::uint64_t> connections_refused = 0;
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> requests_refused = 0;
  std::atomic<std::uint64_t> timeouts = 0;
  std::atomic<std::uint64_t> streams_open = 0;
  std::atomic<std::uint64_t> streams_cut = 0;
  std::atomic<std::uint64_t> handler_failures = 0;
  std::atomic<std::uint64_t> bytes_received = 0;
  std::atomic<std::uint64_t> bytes_sent = 0;
};

inline void count(std::atomic<std::uint64_t>& counter, std::uint64_t more = 1) {
  counter.fetch_add(more, std::memory_order_relaxed);
}

// What all lanes of a server share.
struct Service {
  HttpServerOptions options;
  Handler handler;
  Counters counters;
  std::atomic<std::uint64_t> connection_next = 1;
  std::atomic<std::size_t> refusing = 0;  // connections that are being told 503
  std::atomic<std::size_t> live = 0;      // connections of every kind
  std::mutex empty_mutex;
  std::condition_variable empty;  // told when `live` falls to 0

  void report(std::string_view line) const {
    if (options.report) options.report(line);
  }
};

// An answer of the handler: a whole response, or the head of a stream.
struct Answer {
  HttpResponse response;
  std::shared_ptr<Stream> stream;
};

// One thing another thread wants of a connection: take this answer, or look at your stream.
struct Mail {
  std::shared_ptr<Connection> connection;
  std::uint64_t exchange = 0;
  std::optional<Answer> answer;
};

class Lane : public std::enable_shared_from_this<Lane> {
 public:
  explicit Lane(std::shared_ptr<Service> service);

  void run();  // the thread's main function; returns once finish() was called and all is closed
  [[nodiscard]] bool on_own_thread() const { return std::this_thread::get_id() == thread_.load(); }
  [[nodiscard]] Service& service() { return *service_; }
  [[nodiscard]] boost::asio::io_context& context() { return context_; }

  // Any thread. However much mail waits, the lane is woken once.
  void deliver(Mail mail);

  // Own thread from here on.
  void adopt(Socket socket, bool refuse, std::shared_ptr<const TlsPeer> peer);
  void add(Connection& connection);
  void remove(Connection& connection);
  // The Date field, made anew once a second.
  [[nodiscard]] std::string_view date();
  void begin_ending();
  void abort_all();
  // No more mail and no more connections will come.
  void finish();

 private:
  void open_mail();
  void wind_hand();
  void turn_hand();

  std::shared_ptr<Service> service_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<Executor> work_{context_.get_executor()};
  std::atomic<std::thread::id> thread_;
  SteadyTimer hand_{context_};
  std::chrono::steady_clock::duration hand_step_;
  bool hand_wound_ = false;
  bool ending_ = false;
  std::unordered_set<Connection*> connections_;
  std::string date_;
  std::int64_t date_second_ = -1;

  std::mutex mail_mutex_;
  std::vector<Mail> mail_;
  bool mail_posted_ = false;
  bool mail_closed_ = false;
  std::vector<Mail> opened_mail_;  // kept for its capacity
};

}  // namespace weir::http
