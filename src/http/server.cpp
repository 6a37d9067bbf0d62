#include "http/server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include "base/check.h"
#include "http/lane.h"
#include "http/request_rules.h"

namespace weir::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

// Connections over the limit that are being told so; beyond these, they are just closed.
constexpr std::size_t refusing_max = 64;
// Out of descriptors, accepting again at once would only spin.
constexpr auto accept_pause = std::chrono::milliseconds(50);

class Server final : public HttpServer {
 public:
  explicit Server(std::shared_ptr<Service> service) : service_(std::move(service)) {
    const unsigned threads = std::max(1U, service_->options.threads);
    for (unsigned i = 0; i < threads; ++i) lanes_.push_back(std::make_shared<Lane>(service_));
    acceptor_ = std::make_unique<Acceptor>(lanes_.front()->context());
    pause_ = std::make_unique<SteadyTimer>(lanes_.front()->context());
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() override { stop_now(); }

  base::Status open();
  void serve();

  [[nodiscard]] std::string address() const override { return endpoint_.address().to_string(); }
  [[nodiscard]] std::uint16_t port() const override { return endpoint_.port(); }
  void adopt(int descriptor, std::shared_ptr<const TlsPeer> peer) override;
  void stop() override { stop_now(); }
  [[nodiscard]] HttpServerStatistics statistics() const override;

 private:
  void accept_next();
  void take_in(Lane& lane, Socket socket, std::shared_ptr<const TlsPeer> peer);
  void stop_now();
  template <typename Task>
  void on_each_lane(Task task) {
    for (const auto& lane : lanes_) {
      asio::post(lane->context(), [lane = lane.get(), task] { task(*lane); });
    }
  }

  std::shared_ptr<Service> service_;
  std::vector<std::shared_ptr<Lane>> lanes_;
  std::size_t lane_next_ = 0;
  std::unique_ptr<Acceptor> acceptor_;  // on the first lane
  std::unique_ptr<SteadyTimer> pause_;
  tcp::endpoint endpoint_;
  std::vector<std::thread> threads_;
  std::mutex stop_mutex_;
  bool stopped_ = false;
};

base::Status Server::open() {
  const HttpServerOptions& options = service_->options;
  error_code error;
  const std::string& name = options.address;
  const auto address = asio::ip::make_address(name == "localhost" ? "127.0.0.1" : name, error);
  if (error) {
    return base::fail(base::ErrorCode::invalid,
                      fmt::format("`{}` is no numeric address to listen on", name), "address",
                      "127.0.0.1, ::1 or 0.0.0.0");
  }
  const tcp::endpoint wanted(address, options.port);
  acceptor_->open(wanted.protocol(), error);
  if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_->bind(wanted, error);
  if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
  if (!error) endpoint_ = acceptor_->local_endpoint(error);
  if (!error) return {};
  const bool taken = error == asio::error::address_in_use;
  return base::fail(
      taken ? base::ErrorCode::conflict : base::ErrorCode::input_output,
      fmt::format("cannot listen on {} port {}: {}", name, options.port, error.message()), "port",
      taken ? "another program listens there; name another port" : "");
}

void Server::serve() {
  accept_next();
  for (const auto& lane : lanes_) threads_.emplace_back([lane] { lane->run(); });
}

void Server::accept_next() {
  Lane& lane = *lanes_[lane_next_];
  lane_next_ = (lane_next_ + 1) % lanes_.size();
  acceptor_->async_accept(lane.context(), [this, &lane](const error_code& error, Socket socket) {
    if (error == asio::error::operation_aborted || !acceptor_->is_open()) return;
    if (!error) {
      take_in(lane, std::move(socket), nullptr);
      return accept_next();
    }
    if (error == asio::error::connection_aborted) return accept_next();
    service_->report("accept: " + error.message());
    pause_->expires_after(accept_pause);
    pause_->async_wait([this](const error_code& cancelled) {
      if (!cancelled && acceptor_->is_open()) accept_next();
    });
  });
}

void Server::adopt(int descriptor, std::shared_ptr<const TlsPeer> peer) {
  // The first lane's thread alone says whose turn it is.
  asio::post(lanes_.front()->context(), [this, descriptor, peer = std::move(peer)]() mutable {
    Lane& lane = *lanes_[lane_next_];
    lane_next_ = (lane_next_ + 1) % lanes_.size();
    Socket socket(lane.context());
    error_code error;
    // A stream is a stream: what it says of its family is not looked at where there is a peer.
    socket.assign(tcp::v4(), descriptor, error);
    if (error || !acceptor_->is_open()) {
      if (error) ::close(descriptor);
      return;
    }
    take_in(lane, std::move(socket), std::move(peer));
  });
}

void Server::take_in(Lane& lane, Socket socket, std::shared_ptr<const TlsPeer> peer) {
  Counters& counters = service_->counters;
  const bool full = counters.connections_open.load() >= service_->options.connections_max;
  count(full ? counters.connections_refused : counters.connections_accepted);
  if (full && service_->refusing.load() >= refusing_max) return;  // the socket closes here
  if (full) {
    service_->refusing.fetch_add(1);
  } else {
    counters.connections_open.fetch_add(1);
  }
  if (lane.on_own_thread()) return lane.adopt(std::move(socket), full, std::move(peer));
  asio::post(lane.context(),
             [&lane, full, socket = std::move(socket), peer = std::move(peer)]() mutable {
               lane.adopt(std::move(socket), full, std::move(peer));
             });
}

void Server::stop_now() {
  for (const auto& lane : lanes_) {
    WEIR_CHECK(!lane->on_own_thread(), "a server cannot wait for its own thread to end");
  }
  const std::lock_guard only_one(stop_mutex_);
  if (stopped_ || threads_.empty()) return;
  stopped_ = true;
  asio::post(lanes_.front()->context(), [this] {
    error_code ignored;
    acceptor_->close(ignored);
    pause_->cancel();
  });
  on_each_lane([](Lane& lane) { lane.begin_ending(); });
  const auto nobody_left = [this] { return service_->live.load() == 0; };
  {
    std::unique_lock lock(service_->empty_mutex);
    service_->empty.wait_for(lock, service_->options.stop_timeout, nobody_left);
  }
  on_each_lane([](Lane& lane) { lane.abort_all(); });
  {
    std::unique_lock lock(service_->empty_mutex);
    service_->empty.wait(lock, nobody_left);
  }
  on_each_lane([](Lane& lane) { lane.finish(); });
  for (std::thread& thread : threads_) thread.join();
}

HttpServerStatistics Server::statistics() const {
  const Counters& counters = service_->counters;
  HttpServerStatistics now;
  now.connections_open = counters.connections_open.load();
  now.connections_accepted = counters.connections_accepted.load();
  now.connections_refused = counters.connections_refused.load();
  now.requests = counters.requests.load();
  now.requests_refused = counters.requests_refused.load();
  now.timeouts = counters.timeouts.load();
  now.streams_open = counters.streams_open.load();
  now.streams_cut = counters.streams_cut.load();
  now.handler_failures = counters.handler_failures.load();
  now.bytes_received = counters.bytes_received.load();
  now.bytes_sent = counters.bytes_sent.load();
  return now;
}

}  // namespace

std::string HttpServer::url() const {
  const std::string host = address();
  return host.find(':') == std::string::npos ? fmt::format("http://{}:{}", host, port())
                                             : fmt::format("http://[{}]:{}", host, port());
}

base::Result<std::unique_ptr<HttpServer>> HttpServer::listen(HttpServerOptions options,
                                                             Handler handler) {
  WEIR_CHECK(handler != nullptr, "a server needs a handler");
  const auto service = std::make_shared<Service>();
  if (options.hosts_allowed.empty()) options.hosts_allowed = loopback_hosts();
  service->options = std::move(options);
  service->handler = std::move(handler);
  auto server = std::make_unique<Server>(service);
  WEIR_TRY_STATUS(server->open());
  server->serve();
  return server;
}

}  // namespace weir::http
