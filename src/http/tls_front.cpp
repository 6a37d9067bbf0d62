#include "http/tls_front.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <set>
#include <thread>

namespace weir::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Inside = asio::local::stream_protocol::socket;

constexpr std::size_t piece_bytes = 16U << 10U;    // a TLS record
constexpr auto parting = std::chrono::seconds(2);  // for the other end to take our last word
constexpr auto accept_pause = std::chrono::milliseconds(50);

class Front;

// One connection: two pumps, one each way, and a hand on the clock.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Front& front, tcp::socket socket, asio::ssl::context& context);

  void start(base::Duration timeout);
  void close();

 private:
  void shaken();
  void pump_in();
  void pump_out();
  void part();

  Front& front_;
  asio::ssl::stream<tcp::socket> outside_;
  Inside inside_;
  asio::steady_timer hand_;
  std::array<char, piece_bytes> in_{};
  std::array<char, piece_bytes> out_{};
  bool parting_ = false;
};

class Front final : public TlsFront {
 public:
  Front(TlsFrontOptions options, HttpServer& server, const TlsContext& context)
      : options_(std::move(options)), server_(server), context_(adopted(context)) {}
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;
  ~Front() override { stop_now(); }

  base::Status open();
  void serve() {
    accept_next();
    thread_ = std::thread([this] { loop_.run(); });
  }
  [[nodiscard]] std::uint16_t port() const override { return endpoint_.port(); }
  [[nodiscard]] std::string url() const override {
    const std::string address = endpoint_.address().to_string();
    return endpoint_.address().is_v6() ? fmt::format("https://[{}]:{}", address, port())
                                       : fmt::format("https://{}:{}", address, port());
  }
  void stop() override { stop_now(); }

  [[nodiscard]] asio::io_context& loop() { return loop_; }
  [[nodiscard]] HttpServer& server() { return server_; }
  void forget(const std::shared_ptr<Session>& session) { sessions_.erase(session); }

 private:
  // asio's context frees what it is given: it gets a reference of its own.
  static SSL_CTX* adopted(const TlsContext& context) {
    SSL_CTX_up_ref(context.get());
    return context.get();
  }
  void accept_next();
  void stop_now();

  TlsFrontOptions options_;
  HttpServer& server_;
  asio::io_context loop_{1};
  asio::ssl::context context_;
  tcp::acceptor acceptor_{loop_};
  asio::steady_timer pause_{loop_};
  tcp::endpoint endpoint_;
  std::set<std::shared_ptr<Session>> sessions_;
  std::thread thread_;
};

Session::Session(Front& front, tcp::socket socket, asio::ssl::context& context)
    : front_(front),
      outside_(std::move(socket), context),
      inside_(front.loop()),
      hand_(front.loop()) {}

void Session::start(base::Duration timeout) {
  error_code ignored;
  outside_.next_layer().set_option(tcp::no_delay(true), ignored);
  hand_.expires_after(timeout);
  hand_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->close();
  });
  outside_.async_handshake(asio::ssl::stream_base::server,
                           [self = shared_from_this()](const error_code& error) {
                             if (error) return self->close();
                             self->shaken();
                           });
}

void Session::shaken() {
  hand_.cancel();
  error_code error;
  const tcp::endpoint remote = outside_.next_layer().remote_endpoint(error);
  std::array<int, 2> ends{};
  if (error || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return close();
  }
  inside_.assign(asio::local::stream_protocol(), ends[0], error);
  if (error) {
    ::close(ends[0]);
    ::close(ends[1]);
    return close();
  }
  auto peer = std::make_shared<TlsPeer>();
  peer->certificate = peer_certificate(outside_.native_handle());
  peer->remote = fmt::format("{}:{}", remote.address().to_string(), remote.port());
  front_.server().adopt(ends[1], std::move(peer));
  pump_in();
  pump_out();
}

void Session::pump_in() {
  outside_.async_read_some(asio::buffer(in_),
                           [self = shared_from_this()](const error_code& error, std::size_t size) {
                             if (error) {
                               // It will say no more; what is being answered goes out.
                               error_code ignored;
                               self->inside_.shutdown(Inside::shutdown_send, ignored);
                               if (error != asio::error::eof) self->close();
                               return;
                             }
                             asio::async_write(self->inside_, asio::buffer(self->in_.data(), size),
                                               [self](const error_code& failed, std::size_t) {
                                                 if (failed) return self->close();
                                                 self->pump_in();
                                               });
                           });
}

void Session::pump_out() {
  inside_.async_read_some(asio::buffer(out_),
                          [self = shared_from_this()](const error_code& error, std::size_t size) {
                            if (error) return self->part();
                            asio::async_write(self->outside_, asio::buffer(self->out_.data(), size),
                                              [self](const error_code& failed, std::size_t) {
                                                if (failed) return self->close();
                                                self->pump_out();
                                              });
                          });
}

// The server has said its last word: the other end is told that nothing was cut off.
void Session::part() {
  if (std::exchange(parting_, true)) return;
  hand_.expires_after(parting);
  hand_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->close();
  });
  outside_.async_shutdown([self = shared_from_this()](const error_code&) { self->close(); });
}

void Session::close() {
  error_code ignored;
  hand_.cancel();
  outside_.next_layer().close(ignored);
  inside_.close(ignored);
  front_.forget(shared_from_this());
}

base::Status Front::open() {
  error_code error;
  const auto address = asio::ip::make_address(options_.address, error);
  if (error) {
    return base::fail(base::ErrorCode::invalid,
                      fmt::format("`{}` is no numeric address to listen on", options_.address),
                      "address", "127.0.0.1, ::1 or 0.0.0.0");
  }
  const tcp::endpoint wanted(address, options_.port);
  acceptor_.open(wanted.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(wanted, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) endpoint_ = acceptor_.local_endpoint(error);
  if (!error) return {};
  const bool taken = error == asio::error::address_in_use;
  return base::fail(taken ? base::ErrorCode::conflict : base::ErrorCode::input_output,
                    fmt::format("cannot listen on {} port {}: {}", options_.address, options_.port,
                                error.message()),
                    "port", taken ? "another program listens there; name another port" : "");
}

void Front::accept_next() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (error) {
      // Out of descriptors, accepting again at once would only spin.
      pause_.expires_after(accept_pause);
      return pause_.async_wait([this](const error_code& cancelled) {
        if (!cancelled) accept_next();
      });
    }
    if (sessions_.size() < options_.connections_max) {
      const auto session = std::make_shared<Session>(*this, std::move(socket), context_);
      sessions_.insert(session);
      session->start(options_.handshake_timeout);
    }
    accept_next();
  });
}

void Front::stop_now() {
  if (!thread_.joinable()) return;
  asio::post(loop_, [this] {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (const auto& session : std::set(sessions_)) session->close();
  });
  thread_.join();
}

}  // namespace

base::Result<std::unique_ptr<TlsFront>> TlsFront::listen(TlsFrontOptions options,
                                                         HttpServer& server) {
  const TlsContext context = WEIR_TRY(server_context(options.own));
  auto front = std::make_unique<Front>(std::move(options), server, context);
  WEIR_TRY_STATUS(front->open());
  front->serve();
  return front;
}

}  // namespace weir::http
