// One connection: a coroutine that reads a request, has it answered, writes the answer, and begins
// again. Lives on its lane's thread; everything here is called there.
//
// Two things g++ 12 compiles wrongly are kept out. A co_await in the condition of an `if` or
// `while`, or behind && or ||, leaves the frame uninitialised; `if (const bool done = co_await x;
// !done)` is right. An argument passed by value to a coroutine may be freed twice: only references,
// views and numbers are passed.
//
// Inside of the server: only lane.cpp and connection*.cpp include this.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/body_store.h"
#include "http/lane.h"
#include "http/parser.h"

namespace weir::http {

template <typename Value>
using Awaitable = boost::asio::awaitable<Value, Executor>;

// How long a client may take to read the last word once the server stops.
inline constexpr base::Duration linger_ending = std::chrono::milliseconds(250);

// A coroutine waits here for the next raise(). One waiter; a raise before the wait is not lost.
class Signal {
 public:
  void raise();
  [[nodiscard]] Awaitable<void> wait();

  // A suspended coroutine, whatever type asio gives its handler.
  struct Waiter {
    virtual ~Waiter() = default;
    virtual void resume() = 0;
  };

 private:
  std::unique_ptr<Waiter> waiter_;
  bool raised_ = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Lane> lane, Socket socket, std::uint64_t id,
             std::shared_ptr<const TlsPeer> peer);
  ~Connection();

  void start();
  void start_refused();  // says 503 and goes

  void take_answer(std::uint64_t exchange, Answer answer);
  void look_at_stream();
  // The clock's hand passed: acts on a deadline that is over, notices clients that left.
  void tick(SteadyTime now);
  // The server stops: closes if idle, else after the answer under way.
  void begin_ending();
  void abort();

  [[nodiscard]] Lane& lane() { return *lane_; }

 private:
  // What is waited for, which decides what a passed deadline means.
  enum class Phase : std::uint8_t { idle, head, body, answer, write, stream, linger };

  [[nodiscard]] Awaitable<void> run();
  [[nodiscard]] Awaitable<void> run_refused();
  [[nodiscard]] Awaitable<bool> serve_one();
  [[nodiscard]] Awaitable<bool> read_head();
  [[nodiscard]] bool accept_head();
  [[nodiscard]] Awaitable<bool> read_body();
  [[nodiscard]] Awaitable<bool> pull_body();
  [[nodiscard]] Awaitable<bool> fill();
  bool refuse(const HttpResponse& response);  // false, for its caller to return
  bool refuse(const Problem& problem) { return refuse(problem_response(problem)); }

  void hand_over();
  [[nodiscard]] Awaitable<bool> write_answer();
  [[nodiscard]] Awaitable<bool> write_file(int file, FileSlice& slice);
  [[nodiscard]] Awaitable<bool> write_stream(Answer& answer);
  [[nodiscard]] Awaitable<StreamEnd> pump(Stream& stream, bool chunked);

  // Sends `bytes` now if the socket takes them at once, and says whether it did.
  [[nodiscard]] bool send_at_once(std::string_view& bytes);
  [[nodiscard]] Awaitable<bool> send(std::string_view bytes);
  [[nodiscard]] Awaitable<bool> flush();
  [[nodiscard]] Awaitable<void> part();

  void enter(Phase phase, base::Duration timeout);
  void allow_more(SteadyTime begun, std::uint64_t bytes, base::Duration timeout);
  void make_room();
  void close();
  [[nodiscard]] Service& service() { return lane_->service(); }
  [[nodiscard]] const HttpServerOptions& options() { return service().options; }

  std::shared_ptr<Lane> lane_;
  Socket socket_;
  std::uint64_t id_;
  std::shared_ptr<const TlsPeer> peer_;
  std::string remote_;

  Phase phase_ = Phase::head;
  SteadyTime deadline_;
  bool timed_out_ = false;
  bool left_ = false;       // the client closed its side while we had a stream for it
  bool ending_ = false;     // no request after this one
  bool aborted_ = false;    // nothing may be sent any more
  bool said_last_ = false;  // the server spoke last: let the client read it before closing
  bool counted_ = false;    // is among connections_open

  std::vector<char> in_;  // [in_begin_, in_end_) was received and not yet parsed
  std::size_t in_begin_ = 0;
  std::size_t in_end_ = 0;
  std::string out_;  // to be sent at the next flush

  MessageParser parser_;
  HttpRequest request_;
  BodyStore body_;
  bool keep_alive_ = false;
  bool head_only_ = false;  // the method is HEAD
  int version_ = 11;

  std::uint64_t exchange_ = 0;  // counts requests, so that a late answer finds no wrong one
  std::optional<Answer> answer_;
  std::shared_ptr<Stream> stream_;
  Signal signal_;
};

}  // namespace weir::http
