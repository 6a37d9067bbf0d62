#include "http/lane.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <ctime>

#include "http/connection.h"
#include "http/response_text.h"

namespace weir::http {
namespace {

// How often deadlines are looked at: an eighth of the shortest, so that none is missed by much.
std::chrono::steady_clock::duration hand_step(const HttpServerOptions& options) {
  const base::Duration shortest =
      std::min({options.header_timeout, options.body_timeout, options.idle_timeout,
                options.write_timeout, options.linger_timeout});
  return std::clamp<base::Duration>(shortest / 8, std::chrono::milliseconds(2),
                                    std::chrono::milliseconds(250));
}

// An answer nobody is there for any more. Who writes a stream has to hear of it.
void drop(const Mail& mail) {
  if (mail.answer && mail.answer->stream) mail.answer->stream->over(StreamEnd::server_ending);
}

}  // namespace

Lane::Lane(std::shared_ptr<Service> service)
    : service_(std::move(service)), hand_step_(hand_step(service_->options)) {}

void Lane::run() {
  thread_ = std::this_thread::get_id();
  context_.run();
  thread_ = std::thread::id();
}

void Lane::deliver(Mail mail) {
  std::unique_lock lock(mail_mutex_);
  if (mail_closed_) {
    lock.unlock();
    return drop(mail);
  }
  mail_.push_back(std::move(mail));
  if (mail_posted_) return;
  mail_posted_ = true;
  boost::asio::post(context_, [this] { open_mail(); });
}

void Lane::open_mail() {
  {
    const std::lock_guard lock(mail_mutex_);
    mail_posted_ = false;
    opened_mail_.swap(mail_);
  }
  for (Mail& mail : opened_mail_) {
    if (mail.answer) {
      mail.connection->take_answer(mail.exchange, std::move(*mail.answer));
    } else {
      mail.connection->look_at_stream();
    }
  }
  opened_mail_.clear();
}

void Lane::adopt(Socket socket, bool refuse, std::shared_ptr<const TlsPeer> peer) {
  if (ending_) {
    if (!refuse) service_->counters.connections_open.fetch_sub(1);
    return;
  }
  const auto connection =
      std::make_shared<Connection>(shared_from_this(), std::move(socket),
                                   service_->connection_next.fetch_add(1), std::move(peer));
  refuse ? connection->start_refused() : connection->start();
}

void Lane::add(Connection& connection) {
  connections_.insert(&connection);
  service_->live.fetch_add(1);
  if (!hand_wound_) wind_hand();
}

void Lane::remove(Connection& connection) {
  if (connections_.erase(&connection) == 0) return;
  if (service_->live.fetch_sub(1) != 1) return;
  const std::lock_guard lock(service_->empty_mutex);
  service_->empty.notify_all();
}

void Lane::wind_hand() {
  hand_wound_ = true;
  hand_.expires_after(hand_step_);
  hand_.async_wait([this](const boost::system::error_code& error) {
    hand_wound_ = false;
    if (!error) turn_hand();
  });
}

void Lane::turn_hand() {
  const SteadyTime now = std::chrono::steady_clock::now();
  // What a tick sets going runs later, from the queue: the set does not change under this loop.
  for (Connection* connection : connections_) connection->tick(now);
  if (!connections_.empty()) wind_hand();
}

std::string_view Lane::date() {
  const std::int64_t second = std::time(nullptr);
  if (second != date_second_) {
    date_second_ = second;
    date_ = format_http_date(second);
  }
  return date_;
}

void Lane::begin_ending() {
  ending_ = true;
  for (Connection* connection : connections_) connection->begin_ending();
}

void Lane::abort_all() {
  for (Connection* connection : connections_) connection->abort();
}

void Lane::finish() {
  std::vector<Mail> unread;
  {
    const std::lock_guard lock(mail_mutex_);
    mail_closed_ = true;
    unread.swap(mail_);
  }
  for (const Mail& mail : unread) drop(mail);
  hand_.cancel();
  work_.reset();
}

}  // namespace weir::http
