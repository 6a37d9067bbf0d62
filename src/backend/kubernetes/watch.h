// Follows a collection of objects: lists it, then hears of each change, for as long as it lives.
//
// A server that is away, overloaded, or has forgotten where we were is nothing to tell: it is asked
// again, later or from the beginning. A thread and a connection of its own.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "backend/kubernetes/connection.h"

namespace weir::backend::kubernetes {

struct WatchOptions {
  Access access;
  std::string target;    // the collection
  std::string selector;  // of labels, "weir/instance=site1"
  base::Duration connection_timeout = std::chrono::seconds(30);
  base::Duration window = std::chrono::minutes(4);             // then the server ends one watch
  base::Duration wait_least = std::chrono::milliseconds(100);  // between two tries
  base::Duration wait_most = std::chrono::seconds(10);
};

// Called on the watch's thread.
struct WatchListener {
  // All that is there now: what is not among it is gone.
  std::function<void(std::vector<boost::json::value>)> listed;
  // "ADDED", "MODIFIED" or "DELETED", and the object.
  std::function<void(const std::string& kind, const boost::json::value& object)> changed;
  // Whether the server answers, with the words of what went wrong; at each change of that.
  std::function<void(bool is_there, const std::string& words)> heard;
};

class Watch {
 public:
  Watch(WatchOptions options, WatchListener listener);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() = default;  // within a moment

 private:
  enum class Next : std::uint8_t { list_again, watch_on };

  void run(const std::stop_token& stop);
  // Lists, then watches until the server has forgotten where we are.
  [[nodiscard]] base::Status follow(Connection& connection, const std::stop_token& stop);
  [[nodiscard]] base::Result<Next> watch_once(Connection& connection);
  [[nodiscard]] Next take_line(std::string_view line);
  void tell_there(bool is_there, const std::string& words);

  WatchOptions options_;
  WatchListener listener_;
  std::string version_;     // the newest that was heard of
  base::Duration wait_{0};  // before the next try
  bool is_there_ = true;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace weir::backend::kubernetes
