#include "http/stream.h"

#include <utility>

namespace weir::http {

bool Stream::write(std::string piece) {
  std::unique_lock lock(mutex_);
  if (closed_ || over_ || overflowed_) return false;
  if (piece.empty()) return true;
  queued_bytes_ += piece.size();
  overflowed_ = queued_bytes_ > bytes_max_;
  if (!overflowed_) queue_.push_back(std::move(piece));
  const bool taken = !overflowed_;
  if (!std::exchange(woken_, true) || overflowed_) {
    lock.unlock();
    wake_();
  }
  return taken;
}

void Stream::close() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || over_) return;
    closed_ = true;
  }
  wake_();
}

bool Stream::is_open() const {
  const std::lock_guard lock(mutex_);
  return !closed_ && !over_ && !overflowed_;
}

std::size_t Stream::queued_bytes() const {
  const std::lock_guard lock(mutex_);
  return queued_bytes_;
}

void Stream::on_close(std::function<void(StreamEnd)> callback) {
  std::unique_lock lock(mutex_);
  if (over_) {
    lock.unlock();
    if (callback) callback(end_);
    return;
  }
  on_close_ = std::move(callback);
}

Stream::Next Stream::take(std::vector<std::string>& pieces) {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  pieces.clear();
  if (overflowed_) return Next::overflow;
  if (queue_.empty()) return closed_ ? Next::last : Next::nothing;
  pieces.swap(queue_);
  queued_bytes_ = 0;
  return Next::pieces;
}

bool Stream::overflowed() const {
  const std::lock_guard lock(mutex_);
  return overflowed_;
}

void Stream::over(StreamEnd end) {
  std::function<void(StreamEnd)> callback;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(over_, true)) return;
    end_ = end;
    callback = std::exchange(on_close_, nullptr);
    queue_.clear();
  }
  if (callback) callback(end);
}

StreamWriter::StreamWriter(std::shared_ptr<Stream> stream) {
  // The deleter of a second owner: the stream itself lives on in its connection.
  Stream* const raw = stream.get();
  stream_ =
      std::shared_ptr<Stream>(raw, [kept = std::move(stream)](Stream* last) { last->close(); });
}

bool StreamWriter::write(std::string piece) const { return stream_->write(std::move(piece)); }
void StreamWriter::close() const { stream_->close(); }
bool StreamWriter::is_open() const { return stream_->is_open(); }
std::size_t StreamWriter::queued_bytes() const { return stream_->queued_bytes(); }
void StreamWriter::on_close(std::function<void(StreamEnd)> callback) const {
  stream_->on_close(std::move(callback));
}

}  // namespace weir::http
