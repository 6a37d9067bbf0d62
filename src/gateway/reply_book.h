// The same POST said again gives the same answer: replies kept by their Idempotency-Key, in memory.
//
// For requests whose repetition the journal does not know of: it lasts an hour at most, and not
// across a restart. Submissions of jobs do not come here, the engine keeps those with its facts.
// Only answers that did something (2xx) are kept; what was refused may be asked again. Thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http/server.h"

namespace weir::gateway {

struct Call;
class KeptReply;

class ReplyBook : public std::enable_shared_from_this<ReplyBook> {
 public:
  static constexpr std::size_t replies_max = 4096;
  static constexpr std::chrono::hours kept_for{1};

  // Makes the call's answer be kept, if it is the first under its key. Otherwise answers it (now,
  // or together with the first, which is still at work): true, and no handler is to run.
  // Requires: the call has a route and an Idempotency-Key.
  [[nodiscard]] bool take_over(Call& call);

  [[nodiscard]] std::size_t size();

 private:
  friend class KeptReply;
  struct Entry {
    std::string content;  // SHA-256 of what was asked
    std::chrono::steady_clock::time_point begun;
    std::optional<http::HttpResponse> reply;    // none: still at work
    std::vector<http::ResponseWriter> waiting;  // the same, asked meanwhile
    bool streamed = false;                      // the answer was a stream: it cannot be given again
  };

  void keep(const std::string& key, const http::HttpResponse& reply);
  void keep_stream(const std::string& key);
  void forget(const std::string& key, const http::HttpResponse* reply);
  void drop_old(std::chrono::steady_clock::time_point now);

  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::deque<std::pair<std::string, std::chrono::steady_clock::time_point>> by_age_;
};

// The duty to tell the book how the first call under a key was answered. Kept in the call.
class KeptReply {
 public:
  KeptReply(std::shared_ptr<ReplyBook> book, std::string key)
      : book_(std::move(book)), key_(std::move(key)) {}
  KeptReply(const KeptReply&) = delete;
  KeptReply& operator=(const KeptReply&) = delete;
  ~KeptReply();  // never answered: forgotten

  void sent(const http::HttpResponse& response);
  void streamed();

 private:
  std::shared_ptr<ReplyBook> book_;
  std::string key_;
  bool told_ = false;
};

}  // namespace weir::gateway
