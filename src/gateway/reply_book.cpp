#include "gateway/reply_book.h"

#include <utility>

#include "base/hash.h"
#include "gateway/call.h"

namespace weir::gateway {
namespace {

using Clock = std::chrono::steady_clock;

std::string key_of(const Call& call) {
  std::string key = call.by.tenant;
  for (const std::string_view part :
       {std::string_view(call.by.name), call.route->operation, call.header("Idempotency-Key")}) {
    key += '\x1f';
    key += part;
  }
  return key;
}

std::string content_of(const Call& call) {
  base::Sha256 hash;
  hash.add(call.request.target);
  hash.add(std::string_view("\n", 1));
  hash.add(call.request.body);
  return base::to_hex(hash.digest());
}

http::HttpResponse conflict(std::string message) {
  return problem_of({base::ErrorCode::conflict,
                     std::move(message),
                     "Idempotency-Key",
                     "use a new key for a new request",
                     {}});
}

}  // namespace

bool ReplyBook::take_over(Call& call) {
  std::string key = key_of(call);
  std::string content = content_of(call);
  const auto now = Clock::now();
  std::unique_lock lock(mutex_);
  drop_old(now);
  const auto [at, is_new] = entries_.try_emplace(key);
  Entry& entry = at->second;
  if (is_new) {
    entry.content = std::move(content);
    entry.begun = now;
    by_age_.emplace_back(key, now);
    call.kept = std::make_unique<KeptReply>(shared_from_this(), std::move(key));
    return false;
  }
  if (entry.content != content) {
    lock.unlock();
    call.send(conflict("this key was used before for a different request"));
  } else if (entry.streamed) {
    lock.unlock();
    call.send(conflict("this was done before under this key; its output cannot be given again"));
  } else if (entry.reply) {
    http::HttpResponse reply = *entry.reply;
    lock.unlock();
    reply.headers.emplace_back("Idempotent-Replayed", "true");
    call.send(std::move(reply));
  } else {
    entry.waiting.push_back(call.writer);
  }
  return true;
}

void ReplyBook::drop_old(Clock::time_point now) {
  while (!by_age_.empty()) {
    const auto& [key, begun] = by_age_.front();
    const auto at = entries_.find(key);
    // A key that went and came again stands a second time in the list, with its own time.
    if (at != entries_.end() && at->second.begun == begun) {
      if (now - begun < kept_for && entries_.size() < replies_max) return;
      if (!at->second.reply && !at->second.streamed) return;  // still at work: it ends first
      entries_.erase(at);
    }
    by_age_.pop_front();
  }
}

void ReplyBook::keep(const std::string& key, const http::HttpResponse& reply) {
  std::vector<http::ResponseWriter> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(key);
    if (at == entries_.end()) return;
    at->second.reply = reply;
    waiting.swap(at->second.waiting);
  }
  for (const http::ResponseWriter& each : waiting) {
    http::HttpResponse again = reply;
    again.headers.emplace_back("Idempotent-Replayed", "true");
    each.send(std::move(again));
  }
}

void ReplyBook::keep_stream(const std::string& key) {
  std::vector<http::ResponseWriter> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(key);
    if (at == entries_.end()) return;
    at->second.streamed = true;
    waiting.swap(at->second.waiting);
  }
  for (const http::ResponseWriter& each : waiting) {
    each.send(conflict("this is being done under this key; its output cannot be given twice"));
  }
}

void ReplyBook::forget(const std::string& key, const http::HttpResponse* reply) {
  std::vector<http::ResponseWriter> waiting;  // destroyed after the lock
  {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(key);
    if (at == entries_.end()) return;
    waiting.swap(at->second.waiting);
    entries_.erase(at);
  }
  if (reply == nullptr) return;
  for (const http::ResponseWriter& each : waiting) each.send(*reply);
}

std::size_t ReplyBook::size() {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

KeptReply::~KeptReply() {
  if (!told_) book_->forget(key_, nullptr);
}

void KeptReply::sent(const http::HttpResponse& response) {
  if (std::exchange(told_, true)) return;
  if (response.status < 300) {
    book_->keep(key_, response);
  } else {
    book_->forget(key_, &response);
  }
}

void KeptReply::streamed() {
  if (std::exchange(told_, true)) return;
  book_->keep_stream(key_);
}

}  // namespace weir::gateway
