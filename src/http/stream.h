// An answer without a known end: server-sent events, a followed log.
//
// Writing never blocks and never fails loudly: bytes go into a bounded queue, the connection sends
// them as its client reads. A client that reads too slowly is cut, because it would otherwise hold
// memory without end or hold up the writer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weir::http {

// How a stream came to its end.
enum class StreamEnd : std::uint8_t {
  finished,       // close() was called, and everything was sent
  client_left,    // the connection broke or the client closed it
  too_slow,       // the queue ran over, or the client read nothing for too long
  server_ending,  // the server stops
};

// What writer and connection share. Thread-safe. Everybody else uses StreamWriter.
class Stream {
 public:
  // `wake` tells the connection that there is something to do; it may be called on any thread.
  Stream(std::size_t bytes_max, std::function<void()> wake)
      : bytes_max_(bytes_max), wake_(std::move(wake)) {}

  // The writer's side.
  bool write(std::string piece);
  void close();
  [[nodiscard]] bool is_open() const;
  [[nodiscard]] std::size_t queued_bytes() const;
  void on_close(std::function<void(StreamEnd)> callback);

  // The connection's side.
  enum class Next : std::uint8_t {
    nothing,   // wait for the next wake
    pieces,    // send these
    last,      // the writer has closed; nothing is left
    overflow,  // the queue ran over: cut
  };
  // What is to be sent next, moved into `pieces`.
  [[nodiscard]] Next take(std::vector<std::string>& pieces);
  [[nodiscard]] bool overflowed() const;
  // The stream is over: frees the queue and calls on_close, the first time only.
  void over(StreamEnd end);

 private:
  mutable std::mutex mutex_;
  std::size_t bytes_max_;
  std::function<void()> wake_;
  std::vector<std::string> queue_;
  std::size_t queued_bytes_ = 0;
  bool closed_ = false;
  bool overflowed_ = false;
  bool woken_ = false;  // a wake is under way: one is enough for many writes
  bool over_ = false;
  StreamEnd end_ = StreamEnd::finished;
  std::function<void(StreamEnd)> on_close_;
};

// The handle a handler keeps. Copies are the same stream; when the last one goes, it is closed.
class StreamWriter {
 public:
  explicit StreamWriter(std::shared_ptr<Stream> stream);

  // Queues `piece` to be sent. Any thread. False if the stream is over or closed; the piece is
  // then dropped, and on_close has been or will be called.
  bool write(std::string piece) const;
  // Ends the answer after what is queued. Any thread.
  void close() const;
  [[nodiscard]] bool is_open() const;
  // How much the connection has not taken yet: who has more to say than a client reads can wait.
  [[nodiscard]] std::size_t queued_bytes() const;
  // `callback` is called exactly once, when the stream is over, on the connection's thread (at
  // once on this thread if it is over already). It must not block. A second callback takes the
  // place of the first.
  void on_close(std::function<void(StreamEnd)> callback) const;

 private:
  std::shared_ptr<Stream> stream_;
};

}  // namespace weir::http
