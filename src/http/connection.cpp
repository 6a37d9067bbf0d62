#include "http/connection.h"

#include <poll.h>

#include <fmt/format.h>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "base/check.h"
#include "http/problems.h"
#include "http/request_rules.h"
#include "http/response_text.h"
#include "http/target.h"
#include "http/tls.h"

// g++ 12 takes the frame allocator of asio's coroutines for a mismatched pair of new and delete.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace weir::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr asio::use_awaitable_t<Executor> use_awaitable;
constexpr std::size_t receive_bytes_first = 4096;
constexpr std::size_t receive_bytes_body = 64U << 10U;

Problem too_slow(std::string_view what) {
  return problem_of(TransportProblem::request_timeout,
                    fmt::format("the {} did not arrive in time", what));
}

Problem body_too_large(std::uint64_t bytes_max) {
  return problem_of(TransportProblem::body_too_large,
                    fmt::format("the body is over {} bytes, the limit for this path", bytes_max));
}

// The handler's end of one exchange.
class Port final : public ReplyPort {
 public:
  Port(std::shared_ptr<Connection> connection, std::uint64_t exchange)
      : connection_(std::move(connection)), exchange_(exchange) {}
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  ~Port() override {
    if (answered_) return;
    send(
        problem_response(problem_of(TransportProblem::no_answer,
                                    "the server failed inside and has no answer to this request")));
  }

  void send(HttpResponse response) override { deliver({std::move(response), nullptr}); }

  std::shared_ptr<Stream> stream(HttpResponse head) override {
    const std::weak_ptr<Connection> weak = connection_;
    auto stream =
        std::make_shared<Stream>(connection_->lane().service().options.stream_bytes_max, [weak] {
          const auto connection = weak.lock();
          if (!connection) return;
          Lane& lane = connection->lane();
          if (lane.on_own_thread()) return connection->look_at_stream();
          lane.deliver({connection, 0, std::nullopt});
        });
    deliver({std::move(head), stream});
    return stream;
  }

 private:
  void deliver(Answer answer) {
    WEIR_CHECK(!answered_.exchange(true), "a request is answered once");
    Lane& lane = connection_->lane();
    if (lane.on_own_thread()) return connection_->take_answer(exchange_, std::move(answer));
    lane.deliver({connection_, exchange_, std::move(answer)});
  }

  std::shared_ptr<Connection> connection_;
  std::uint64_t exchange_;
  std::atomic<bool> answered_ = false;
};

template <typename AsioHandler>
struct WaiterOf final : Signal::Waiter {
  explicit WaiterOf(AsioHandler waiting) : handler(std::move(waiting)) {}
  // Posted, not called: who raises may hold a lock, or be in the middle of a loop.
  void resume() override { asio::post(std::move(handler)); }
  AsioHandler handler;
};

// A page of the web cannot have a browser trust our authority: over TLS any name will do.
const std::vector<std::string> every_host{"*"};

std::string text_of(const Socket& socket) {
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return "unknown";
  const std::string address = peer.address().to_string();
  return peer.address().is_v6() ? fmt::format("[{}]:{}", address, peer.port())
                                : fmt::format("{}:{}", address, peer.port());
}

}  // namespace

void Signal::raise() {
  raised_ = true;
  if (waiter_) std::exchange(waiter_, nullptr)->resume();
}

Awaitable<void> Signal::wait() {
  if (!raised_) {
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
        [this](auto handler) {
          waiter_ = std::make_unique<WaiterOf<decltype(handler)>>(std::move(handler));
        },
        use_awaitable);
  }
  raised_ = false;
}

Connection::Connection(std::shared_ptr<Lane> lane, Socket socket, std::uint64_t id,
                       std::shared_ptr<const TlsPeer> peer)
    : lane_(std::move(lane)),
      socket_(std::move(socket)),
      id_(id),
      peer_(std::move(peer)),
      remote_(peer_ ? peer_->remote : text_of(socket_)),
      parser_(MessageParser::Kind::request, {.head_bytes_max = options().header_bytes_max}) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  if (!peer_) socket_.set_option(tcp::no_delay(true), ignored);
  enter(Phase::head, options().header_timeout);
}

Connection::~Connection() = default;

void Connection::start() {
  counted_ = true;
  lane_->add(*this);
  asio::co_spawn(
      lane_->context(), [self = shared_from_this()] { return self->run(); },
      [self = shared_from_this()](const std::exception_ptr& failure) {
        if (failure) self->service().report("a connection failed inside and was closed");
        self->close();
      });
}

void Connection::start_refused() {
  lane_->add(*this);
  asio::co_spawn(
      lane_->context(), [self = shared_from_this()] { return self->run_refused(); },
      [self = shared_from_this()](const std::exception_ptr& /*failure*/) { self->close(); });
}

Awaitable<void> Connection::run() {
  bool more = true;
  while (more && !aborted_) more = co_await serve_one();
  co_await part();
}

Awaitable<void> Connection::run_refused() {
  HttpResponse response = problem_response(problem_of(
      TransportProblem::too_many_connections,
      fmt::format("{} connections are open, as many as are allowed", options().connections_max)));
  response.headers.emplace_back("Retry-After", "1");
  refuse(std::move(response));
  co_await part();
}

Awaitable<bool> Connection::serve_one() {
  if (const bool done = co_await read_head(); !done) co_return false;
  if (parser_.head().has_body) {
    if (const bool done = co_await read_body(); !done) co_return false;
  }
  hand_over();
  while (!answer_ && !aborted_) {
    if (!out_.empty()) {
      if (const bool done = co_await flush(); !done) co_return false;
      continue;  // the answer may have come meanwhile
    }
    phase_ = Phase::answer;
    co_await signal_.wait();
  }
  if (aborted_) co_return false;
  if (const bool done = co_await write_answer(); !done) co_return false;
  co_return keep_alive_ && !ending_;
}

// --- Reading -------------------------------------------------------------------------------------

Awaitable<bool> Connection::read_head() {
  static const BodySink no_sink;
  parser_.restart();
  said_last_ = false;
  head_only_ = false;
  version_ = 11;
  keep_alive_ = false;
  if (exchange_ > 0) enter(Phase::idle, options().idle_timeout);
  for (;;) {
    if (in_begin_ < in_end_) {
      in_begin_ += parser_.put({in_.data() + in_begin_, in_end_ - in_begin_}, no_sink);
      if (parser_.state() == ParseState::failed) co_return refuse(parser_.problem());
      if (parser_.state() != ParseState::head) co_return accept_head();
    }
    const bool started = parser_.started();
    if (started && phase_ == Phase::idle) enter(Phase::head, options().header_timeout);
    if (ending_ && !started) co_return false;
    if (const bool done = co_await fill(); done) continue;
    if (timed_out_ && started) co_return refuse(too_slow("header"));
    co_return false;
  }
}

bool Connection::accept_head() {
  MessageHead& head = parser_.head();
  head_only_ = head.method == "HEAD";
  version_ = head.version;
  auto target = parse_target(head.target);
  if (!target) {
    return refuse(problem_of(TransportProblem::malformed_target, target.error().message));
  }
  if (auto problem = judge_head(head, *target, peer_ ? every_host : options().hosts_allowed)) {
    return refuse(std::move(*problem));
  }
  keep_alive_ = head.keep_alive;
  request_.method = std::move(head.method);
  request_.target = std::move(head.target);
  request_.segments = std::move(target->segments);
  request_.query = std::move(target->query);
  request_.headers = std::move(head.headers);
  request_.body.clear();
  request_.body_file.clear();
  request_.body_bytes = 0;
  request_.remote = remote_;
  request_.connection = id_;
  request_.peer = peer_;
  return true;
}

Awaitable<bool> Connection::read_body() {
  BodyPlan plan{options().body_bytes_max, {}, {}};
  if (options().plan_body) plan = options().plan_body(request_);
  if (plan.refusal) co_return refuse(std::move(*plan.refusal));
  if (parser_.head().content_length.value_or(0) > plan.bytes_max) {
    co_return refuse(body_too_large(plan.bytes_max));
  }
  request_.body_file = plan.to_file;
  const Problem not_kept = problem_of(TransportProblem::body_not_stored,
                                      "the server has no place to keep the body of this request");
  if (const auto begun = body_.begin(plan.bytes_max, std::move(plan.to_file)); !begun) {
    service().report(begun.error().text());
    co_return refuse(not_kept);
  }
  if (request_.headers.find("Expect") && version_ >= 11 && in_begin_ == in_end_) {
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  if (const bool done = co_await pull_body(); !done) {
    if (parser_.state() != ParseState::failed) {
      if (timed_out_) co_return refuse(too_slow("body"));
      co_return false;
    }
    if (body_.over()) co_return refuse(body_too_large(plan.bytes_max));
    if (body_.error().message.empty()) co_return refuse(parser_.problem());
    service().report(body_.error().text());
    co_return refuse(not_kept);
  }
  request_.body_bytes = body_.bytes();
  auto whole = body_.finish();
  if (!whole) {
    service().report(whole.error().text());
    co_return refuse(not_kept);
  }
  request_.body = std::move(*whole);
  co_return true;
}

// Reads until the body is complete. False if it fails (parser or store know why), or no more comes.
Awaitable<bool> Connection::pull_body() {
  const BodySink sink = [this](std::string_view piece) { return body_.append(piece); };
  const SteadyTime begun = std::chrono::steady_clock::now();
  enter(Phase::body, options().body_timeout);
  for (;;) {
    if (in_begin_ < in_end_) {
      in_begin_ += parser_.put({in_.data() + in_begin_, in_end_ - in_begin_}, sink);
      if (parser_.state() == ParseState::complete) co_return true;
      if (parser_.state() == ParseState::failed) co_return false;
    }
    if (const bool done = co_await fill(); !done) co_return false;
    allow_more(begun, body_.bytes(), options().body_timeout);
  }
}

// Receives some more bytes, after sending what waits to be sent.
Awaitable<bool> Connection::fill() {
  if (!out_.empty()) {
    if (const bool done = co_await flush(); !done) co_return false;
  }
  if (aborted_ || (ending_ && !parser_.started())) co_return false;
  make_room();
  error_code error;
  const std::size_t received =
      co_await socket_.async_read_some(asio::buffer(in_.data() + in_end_, in_.size() - in_end_),
                                       asio::redirect_error(use_awaitable, error));
  if (error || aborted_) co_return false;
  in_end_ += received;
  count(service().counters.bytes_received, received);
  co_return true;
}

// Room behind in_end_. What is not yet parsed stays below the parser's limits, and so does in_.
void Connection::make_room() {
  if (in_begin_ > 0) {
    std::memmove(in_.data(), in_.data() + in_begin_, in_end_ - in_begin_);
    in_end_ -= in_begin_;
    in_begin_ = 0;
  }
  const std::size_t wanted = phase_ == Phase::body ? receive_bytes_body : receive_bytes_first;
  if (in_.size() < wanted) {
    in_.resize(wanted);
  } else if (in_end_ == in_.size()) {
    in_.resize(in_.size() * 2);
  }
}

// --- Handing over --------------------------------------------------------------------------------

void Connection::hand_over() {
  ++exchange_;
  answer_.reset();
  count(service().counters.requests);
  ResponseWriter writer(std::make_shared<Port>(shared_from_this(), exchange_));
  try {
    service().handler(std::move(request_), std::move(writer));
  } catch (const std::exception& failure) {
    count(service().counters.handler_failures);
    service().report(fmt::format("a handler failed: {}", failure.what()));
  }
}

void Connection::take_answer(std::uint64_t exchange, Answer answer) {
  if (exchange != exchange_ || aborted_) {
    if (answer.stream)
      answer.stream->over(ending_ ? StreamEnd::server_ending : StreamEnd::client_left);
    return;
  }
  answer_ = std::move(answer);
  signal_.raise();
}

void Connection::look_at_stream() {
  if (stream_ && stream_->overflowed()) {
    aborted_ = true;
    error_code ignored;
    socket_.cancel(ignored);
  }
  signal_.raise();
}

// --- Being told ----------------------------------------------------------------------------------

void Connection::enter(Phase phase, base::Duration timeout) {
  phase_ = phase;
  timed_out_ = false;
  deadline_ = std::chrono::steady_clock::now() + timeout;
}

// Moves the deadline on after progress, as far as the slowest allowed rate lets it.
void Connection::allow_more(SteadyTime begun, std::uint64_t bytes, base::Duration timeout) {
  const auto earned =
      std::chrono::seconds(bytes / std::max<std::uint64_t>(1, options().bytes_per_second_min));
  timed_out_ = false;
  deadline_ = std::min(std::chrono::steady_clock::now() + timeout, begun + timeout + earned);
}

void Connection::tick(SteadyTime now) {
  if (phase_ == Phase::stream && !left_) {
    pollfd side{socket_.native_handle(), POLLRDHUP, 0};
    if (::poll(&side, 1, 0) == 1) {
      left_ = true;
      signal_.raise();
    }
  }
  if (phase_ == Phase::stream || phase_ == Phase::answer || now < deadline_) return;
  if (phase_ != Phase::idle && phase_ != Phase::linger) count(service().counters.timeouts);
  timed_out_ = true;
  deadline_ = SteadyTime::max();
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::begin_ending() {
  ending_ = true;
  error_code ignored;
  const bool silent = phase_ == Phase::idle || (phase_ == Phase::head && !parser_.started());
  if (silent) socket_.cancel(ignored);
  if (phase_ == Phase::linger) {
    deadline_ = std::min(deadline_, std::chrono::steady_clock::now() + linger_ending);
  }
  if (stream_) stream_->close();
}

void Connection::abort() {
  ending_ = true;
  aborted_ = true;
  error_code ignored;
  socket_.cancel(ignored);
  signal_.raise();
}

void Connection::close() {
  if (!socket_.is_open()) return;
  lane_->remove(*this);
  if (counted_) {
    service().counters.connections_open.fetch_sub(1);
  } else {
    service().refusing.fetch_sub(1);
  }
  body_.discard();
  if (stream_) std::exchange(stream_, nullptr)->over(StreamEnd::client_left);
  error_code ignored;
  // A client that would not read is not given what the kernel still holds for it.
  if (aborted_) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
  in_ = {};
  out_ = {};
}

}  // namespace weir::http
