#include "http_load.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <memory>
#include <vector>

namespace weir::bench {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;

struct Shared {
  const Load& load;
  std::uint64_t next = 0;
  LoadResult result;
  std::vector<double> latencies_ms;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& context, Shared& shared) : stream_(context), shared_(shared) {
    stream_.connect({asio::ip::make_address("127.0.0.1"), shared.load.port});
    stream_.socket().set_option(asio::ip::tcp::no_delay(true));
  }

  void next() {
    if (shared_.next == shared_.load.requests) return;
    request_ = {http::verb::post, shared_.load.target, 11};
    request_.set(http::field::host, "127.0.0.1");
    request_.set(http::field::content_type, "application/json");
    if (shared_.load.slurm_user.empty()) {
      request_.set(http::field::authorization, "Bearer " + shared_.load.token);
    } else {
      request_.set("X-SLURM-USER-NAME", shared_.load.slurm_user);
      request_.set("X-SLURM-USER-TOKEN", shared_.load.token);
    }
    request_.body() = shared_.load.body(shared_.next++);
    request_.prepare_payload();
    begin_ = Clock::now();
    http::async_write(stream_, request_, [self = shared_from_this()](auto error, std::size_t) {
      if (error) return self->fail();
      self->read();
    });
  }

 private:
  void read() {
    response_ = {};
    http::async_read(stream_, buffer_, response_,
                     [self = shared_from_this()](auto error, std::size_t) {
                       if (error) return self->fail();
                       self->take();
                     });
  }
  void take() {
    const bool good = response_.result_int() / 100 == 2;
    ++(good ? shared_.result.answered : shared_.result.failed);
    shared_.latencies_ms.push_back(
        std::chrono::duration<double, std::milli>(Clock::now() - begin_).count());
    next();
  }
  void fail() { ++shared_.result.failed; }

  beast::tcp_stream stream_;
  Shared& shared_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  beast::flat_buffer buffer_;
  Clock::time_point begin_;
};

}  // namespace

LoadResult run_load(const Load& load) {
  asio::io_context context(1);
  Shared shared{load, 0, {}, {}};
  shared.latencies_ms.reserve(load.requests);
  std::vector<std::shared_ptr<Connection>> connections;
  for (unsigned i = 0; i < load.connections; ++i) {
    connections.push_back(std::make_shared<Connection>(context, shared));
  }
  const auto begin = Clock::now();
  for (const auto& connection : connections) connection->next();
  context.run();
  shared.result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (!shared.latencies_ms.empty()) {
    const auto at = shared.latencies_ms.begin() +
                    static_cast<std::ptrdiff_t>(shared.latencies_ms.size() * 99 / 100);
    std::nth_element(shared.latencies_ms.begin(), at, shared.latencies_ms.end());
    shared.result.p99_ms = *at;
  }
  return shared.result;
}

}  // namespace weir::bench
