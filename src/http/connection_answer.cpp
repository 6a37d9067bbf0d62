// The answering half of a connection: whole answers, files, streams, and the bytes going out.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/connection.h"
#include "http/problems.h"
#include "http/response_text.h"

namespace weir::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr asio::use_awaitable_t<Executor> use_awaitable;
constexpr std::size_t gathered_bytes_max = 64U << 10U;  // of answers in one send
constexpr std::size_t kept_bytes_max = 256U << 10U;     // of out_, between two answers
constexpr std::size_t file_piece_bytes = 128U << 10U;

// A file that closes itself.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (file_ >= 0) ::close(file_);
  }
  [[nodiscard]] int number() const { return file_; }

 private:
  int file_;
};

}  // namespace

// Says no and ends the connection: what may still come in of the request is not looked at.
bool Connection::refuse(const HttpResponse& response) {
  count(service().counters.requests_refused);
  body_.discard();
  keep_alive_ = false;
  said_last_ = true;
  append_head(out_, response,
              {.body_bytes = response.body.size(), .keep_alive = false, .date = lane_->date()});
  if (!head_only_) out_ += response.body;
  return false;
}

Awaitable<bool> Connection::write_answer() {
  Answer answer = std::move(*answer_);
  answer_.reset();
  said_last_ = true;
  HttpResponse& response = answer.response;
  keep_alive_ = keep_alive_ && !ending_;
  if (answer.stream) co_return co_await write_stream(answer);
  std::optional<OpenFile> file;
  if (response.file) {
    file.emplace(response.file->path);
    if (file->number() < 0) {
      service().report("cannot open " + response.file->path + " to send it");
      response = problem_response(problem_of(TransportProblem::file_not_readable,
                                             "the server cannot read the file it meant to send"));
    }
  }
  const std::uint64_t bytes = response.file ? response.file->length : response.body.size();
  append_head(
      out_, response,
      {.body_bytes = bytes, .keep_alive = keep_alive_, .version = version_, .date = lane_->date()});
  if (head_only_ || !has_body(response.status)) co_return true;
  if (response.file) {
    if (const bool done = co_await flush(); !done) co_return false;
    co_return co_await write_file(file->number(), *response.file);
  }
  if (out_.size() + response.body.size() <= gathered_bytes_max) {
    out_ += response.body;
    co_return true;
  }
  if (const bool done = co_await flush(); !done) co_return false;
  co_return co_await send(response.body);
}

Awaitable<bool> Connection::write_file(int file, FileSlice& slice) {
  std::vector<char> piece(std::min<std::uint64_t>(slice.length, file_piece_bytes));
  while (slice.length > 0) {
    const std::size_t wanted = std::min<std::uint64_t>(slice.length, piece.size());
    const ssize_t got = ::pread(file, piece.data(), wanted, static_cast<off_t>(slice.offset));
    if (got <= 0) {
      // The length is already promised: ending the connection is the only way left to say so.
      service().report(slice.path + " is shorter than was promised");
      said_last_ = false;
      co_return false;
    }
    if (const bool done = co_await send({piece.data(), static_cast<std::size_t>(got)}); !done)
      co_return false;
    slice.offset += static_cast<std::uint64_t>(got);
    slice.length -= static_cast<std::uint64_t>(got);
  }
  co_return true;
}

Awaitable<bool> Connection::write_stream(Answer& answer) {
  const bool chunked = version_ >= 11;
  keep_alive_ = keep_alive_ && chunked;
  append_head(out_, answer.response,
              {.framing = chunked ? BodyFraming::chunked : BodyFraming::until_close,
               .keep_alive = keep_alive_,
               .version = version_,
               .date = lane_->date()});
  StreamEnd end = StreamEnd::finished;
  const bool with_body = !head_only_ && has_body(answer.response.status);
  if (with_body) {
    stream_ = answer.stream;
    left_ = false;
    count(service().counters.streams_open);
    if (ending_) stream_->close();
    end = co_await pump(*stream_, chunked);
    service().counters.streams_open.fetch_sub(1);
    stream_.reset();
  }
  if (end == StreamEnd::too_slow) count(service().counters.streams_cut);
  const bool whole = end == StreamEnd::finished || (end == StreamEnd::server_ending && !aborted_);
  if (whole && with_body && chunked) out_ += last_chunk;
  aborted_ = aborted_ || !whole;
  answer.stream->over(end);
  co_return whole;
}

// Sends what is written to the stream until there is no more, or nobody to send it to.
Awaitable<StreamEnd> Connection::pump(Stream& stream, bool chunked) {
  const auto broken = [&] {
    if (stream.overflowed() || timed_out_) return StreamEnd::too_slow;
    return ending_ ? StreamEnd::server_ending : StreamEnd::client_left;
  };
  std::vector<std::string> pieces;
  for (;;) {
    if (aborted_) co_return broken();
    if (left_) co_return StreamEnd::client_left;
    switch (stream.take(pieces)) {
      case Stream::Next::overflow:
        co_return StreamEnd::too_slow;
      case Stream::Next::last:
        co_return ending_ ? StreamEnd::server_ending : StreamEnd::finished;
      case Stream::Next::pieces:
        for (const std::string& piece : pieces) {
          if (chunked) {
            append_chunk(out_, piece);
          } else {
            out_ += piece;
          }
        }
        if (const bool done = co_await flush(); !done) co_return broken();
        break;
      case Stream::Next::nothing:
        if (!out_.empty()) {
          if (const bool done = co_await flush(); !done) co_return broken();
        }
        phase_ = Phase::stream;
        co_await signal_.wait();
        break;
    }
  }
}

bool Connection::send_at_once(std::string_view& bytes) {
  error_code error;
  const std::size_t sent = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
  if (error && error != asio::error::would_block) return false;  // the next try says it again
  count(service().counters.bytes_sent, sent);
  bytes.remove_prefix(sent);
  return bytes.empty();
}

Awaitable<bool> Connection::send(std::string_view bytes) {
  if (send_at_once(bytes)) co_return true;
  const Phase phase = phase_;
  const SteadyTime deadline = deadline_;
  const SteadyTime begun = std::chrono::steady_clock::now();
  std::uint64_t sent = 0;
  enter(Phase::write, options().write_timeout);
  while (!bytes.empty() && !aborted_) {
    error_code error;
    const std::size_t step = co_await socket_.async_write_some(
        asio::buffer(bytes.data(), bytes.size()), asio::redirect_error(use_awaitable, error));
    count(service().counters.bytes_sent, step);
    bytes.remove_prefix(step);
    sent += step;
    if (error) {
      aborted_ = true;
      break;
    }
    allow_more(begun, sent, options().write_timeout);
  }
  if (aborted_) co_return false;
  phase_ = phase;
  deadline_ = deadline;
  co_return true;
}

Awaitable<bool> Connection::flush() {
  std::string_view bytes = out_;
  if (!send_at_once(bytes)) {
    if (const bool done = co_await send(bytes); !done) co_return false;
  }
  out_.clear();
  if (out_.capacity() > kept_bytes_max) out_.shrink_to_fit();
  co_return true;
}

// Sends what is still to be said, and lets the client read it. Closing with bytes unread would make
// the kernel reset the connection, and the client lose the answer.
Awaitable<void> Connection::part() {
  if (aborted_ || !said_last_) co_return;
  if (!out_.empty()) {
    if (const bool done = co_await flush(); !done) co_return;
  }
  error_code error;
  socket_.shutdown(asio::socket_base::shutdown_send, error);
  enter(Phase::linger,
        ending_ ? std::min(options().linger_timeout, linger_ending) : options().linger_timeout);
  in_.resize(std::max<std::size_t>(in_.size(), 4096));
  while (!error && !aborted_) {
    co_await socket_.async_read_some(asio::buffer(in_.data(), in_.size()),
                                     asio::redirect_error(use_awaitable, error));
  }
}

}  // namespace weir::http
