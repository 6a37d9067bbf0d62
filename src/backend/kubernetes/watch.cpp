#include "backend/kubernetes/watch.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "backend/kubernetes/json_reading.h"
#include "backend/kubernetes/listing.h"
#include "http/target.h"

namespace weir::backend::kubernetes {
namespace {

// Sleeps, unless the thread is to end.
void wait_for(base::Duration duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, duration, [] { return false; });
}

}  // namespace

Watch::Watch(WatchOptions options, WatchListener listener)
    : options_(std::move(options)),
      listener_(std::move(listener)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Watch::run(const std::stop_token& stop) {
  Connection connection(options_.access, options_.connection_timeout,
                        [stop] { return stop.stop_requested(); });
  while (!stop.stop_requested()) {
    const base::Status followed = follow(connection, stop);
    if (stop.stop_requested()) return;
    if (!followed) {
      tell_there(false, followed.error().text());
      wait_ = std::clamp(wait_ * 2, options_.wait_least, options_.wait_most);
    }
    wait_for(std::max(wait_, options_.wait_least), stop);
  }
}

base::Status Watch::follow(Connection& connection, const std::stop_token& stop) {
  if (version_.empty()) {
    std::string target = options_.target;
    if (!options_.selector.empty()) {
      target += "?labelSelector=" + http::encode_component(options_.selector);
    }
    Listing listing = WEIR_TRY(list_all(connection, target));
    tell_there(true, "");
    version_ = listing.version;
    listener_.listed(std::move(listing.items));
  }
  while (!stop.stop_requested()) {
    if (WEIR_TRY(watch_once(connection)) == Next::list_again) {
      version_.clear();
      return {};
    }
    wait_for(options_.wait_least, stop);  // a server that ends each watch at once is not hurried
  }
  return {};
}

base::Result<Watch::Next> Watch::watch_once(Connection& connection) {
  std::string target =
      options_.target + "?watch=1&allowWatchBookmarks=true&timeoutSeconds=" +
      std::to_string(std::chrono::ceil<std::chrono::seconds>(options_.window).count()) +
      "&resourceVersion=" + http::encode_component(version_);
  if (!options_.selector.empty()) {
    target += "&labelSelector=" + http::encode_component(options_.selector);
  }
  Next next = Next::watch_on;
  std::string pending;
  const auto take = [&](std::string_view bytes) {
    tell_there(true, "");
    pending += bytes;
    for (std::size_t end = 0; (end = pending.find('\n')) != std::string::npos;) {
      next = take_line(std::string_view(pending).substr(0, end));
      pending.erase(0, end + 1);
      if (next == Next::list_again) return false;
    }
    return true;
  };
  const Answer answer = WEIR_TRY(connection.follow(target, take));
  if (answer.status == 410) return Next::list_again;
  if (!answer.is_good()) {
    wait_ = std::max(wait_, answer.retry_after.value_or(base::Duration(0)) / 2);
    return base::fail(error_of(answer));
  }
  tell_there(true, "");
  return next;
}

Watch::Next Watch::take_line(std::string_view line) {
  const auto event = parse_answer(line);
  if (!event) return Next::list_again;  // something was lost on the way
  const std::string kind = text_at(*event, {"type"});
  if (kind == "ERROR") return Next::list_again;
  const boost::json::value* const object = find_at(*event, {"object"});
  if (object == nullptr) return Next::list_again;
  const std::string version = text_at(*object, {"metadata", "resourceVersion"});
  if (!version.empty()) version_ = version;
  if (kind == "ADDED" || kind == "MODIFIED" || kind == "DELETED") {
    listener_.changed(kind, *object);
  }
  return Next::watch_on;
}

void Watch::tell_there(bool is_there, const std::string& words) {
  if (is_there) wait_ = base::Duration(0);
  if (is_there == is_there_) return;
  is_there_ = is_there;
  if (listener_.heard) listener_.heard(is_there, words);
}

}  // namespace weir::backend::kubernetes
