#include "http/parser.h"

#include <fmt/format.h>
#include <boost/beast/http/basic_parser.hpp>

#include "http/problems.h"

namespace weir::http {
namespace {

namespace beast = boost::beast;
using boost::beast::error_code;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

constexpr std::size_t last_chunk_bytes = 5;  // "0\r\n\r\n"

Problem malformed(std::string detail) {
  return problem_of(TransportProblem::malformed_message, std::move(detail));
}

Problem head_too_large(std::size_t bytes_max) {
  return problem_of(
      TransportProblem::header_too_large,
      fmt::format("the request line and header fields together are over {} bytes", bytes_max));
}

Problem too_many_fields(std::size_t fields_max) {
  return problem_of(TransportProblem::header_too_large,
                    fmt::format("there are over {} header fields", fields_max));
}

}  // namespace

// Beast's parser with its events written straight into our own message.
template <bool is_request>
class MessageParser::Core : public beast::http::basic_parser<is_request> {
 public:
  Core(MessageHead& head, const ParserLimits& limits) : head_(head), limits_(limits) {
    this->body_limit(boost::none);  // the caller decides, path by path
    this->header_limit(static_cast<std::uint32_t>(limits.head_bytes_max));
  }
  void set_sink(const BodySink* sink) { sink_ = sink; }
  [[nodiscard]] bool over_fields() const { return fields_ > limits_.fields_max; }
  [[nodiscard]] bool between_chunks() const { return this->chunked() && chunk_left_ == 0; }
  [[nodiscard]] bool sink_refused() const { return sink_refused_; }

 private:
  using Text = beast::string_view;

  void on_request_impl(beast::http::verb /*verb*/, Text method, Text target, int version,
                       error_code& error) override {
    head_.method = view(method);
    head_.target = view(target);
    head_.version = version;
    error = {};
  }
  void on_response_impl(int status, Text /*reason*/, int version, error_code& error) override {
    head_.status = static_cast<unsigned>(status);
    head_.version = version;
    error = {};
  }
  void on_field_impl(beast::http::field /*field*/, Text name, Text value,
                     error_code& error) override {
    error = {};
    if (++fields_ > limits_.fields_max) {
      error = beast::http::error::header_limit;
      return;
    }
    // A trailer comes after the head was judged: it may add nothing to it.
    if (!head_done_) head_.headers.add(view(name), view(value));
  }
  void on_header_impl(error_code& error) override {
    head_done_ = true;
    error = {};
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                         error_code& error) override {
    error = {};
  }
  std::size_t take(Text piece, error_code& error) {
    error = {};
    if (sink_ != nullptr && *sink_ && !(*sink_)(view(piece))) {
      sink_refused_ = true;
      error = beast::http::error::body_limit;
    }
    return piece.size();
  }
  std::size_t on_body_impl(Text piece, error_code& error) override { return take(piece, error); }
  void on_chunk_header_impl(std::uint64_t size, Text /*extensions*/, error_code& error) override {
    chunk_left_ = size;
    error = {};
  }
  std::size_t on_chunk_body_impl(std::uint64_t /*left*/, Text piece, error_code& error) override {
    chunk_left_ -= piece.size();
    return take(piece, error);
  }
  void on_finish_impl(error_code& error) override { error = {}; }

  MessageHead& head_;
  const ParserLimits& limits_;
  const BodySink* sink_ = nullptr;
  std::size_t fields_ = 0;
  std::uint64_t chunk_left_ = 0;
  bool head_done_ = false;
  bool sink_refused_ = false;
};

// A parser of Beast reads one message; a new one is made in the same place for the next.
struct MessageParser::Cores {
  std::optional<Core<true>> request;
  std::optional<Core<false>> response;
};

MessageParser::MessageParser(Kind kind, ParserLimits limits)
    : kind_(kind), limits_(limits), cores_(std::make_unique<Cores>()) {
  restart();
}

MessageParser::~MessageParser() = default;

void MessageParser::restart(bool bodiless) {
  state_ = ParseState::head;
  started_ = false;
  head_bytes_ = 0;
  head_.headers.clear();
  head_.content_length.reset();
  if (kind_ == Kind::request) {
    cores_->request.emplace(head_, limits_);
  } else {
    cores_->response.emplace(head_, limits_);
    cores_->response->skip(bodiless);
  }
}

void MessageParser::fail(Problem problem) {
  problem_ = std::move(problem);
  state_ = ParseState::failed;
}

template <bool is_request>
std::size_t MessageParser::put_into(Core<is_request>& core, std::string_view bytes,
                                    const BodySink& sink) {
  std::size_t used = 0;
  // One put of Beast ends at each step of the grammar; go on until it needs more bytes.
  while (used < bytes.size() && (state_ == ParseState::head || state_ == ParseState::body)) {
    const bool was_head = state_ == ParseState::head;
    const std::string_view rest = bytes.substr(used);
    // Beast asserts that it is not asked again about a last chunk of which it has only a part. No
    // end of a message is shorter, so nothing is held back for longer than it has to be.
    if (!was_head && core.between_chunks() && rest.size() < last_chunk_bytes) break;
    error_code error;
    core.set_sink(&sink);
    const std::size_t step = core.put(boost::asio::buffer(rest.data(), rest.size()), error);
    core.set_sink(nullptr);
    used += step;
    if (was_head) head_bytes_ += step;
    // Beast holds its own limit against each put alone, so a head that dribbles in passes it.
    const std::size_t waiting = bytes.size() - used;
    const std::size_t held = error == beast::http::error::need_more ? waiting : 0;
    if (was_head && head_bytes_ + held > limits_.head_bytes_max) {
      fail(head_too_large(limits_.head_bytes_max));
    } else if (error == beast::http::error::need_more) {
      if (!was_head && waiting > limits_.head_bytes_max) {
        fail(malformed("a chunk header or trailer is too long"));
      }
      break;
    } else if (core.over_fields()) {
      fail(too_many_fields(limits_.fields_max));
    } else if (error == beast::http::error::header_limit) {
      fail(head_too_large(limits_.head_bytes_max));
    } else if (error) {
      fail(malformed(core.sink_refused() ? "the body was not taken" : error.message()));
    } else if (core.is_done() || core.is_header_done()) {
      state_ = core.is_done() ? ParseState::complete : ParseState::body;
      if (was_head) {
        head_.keep_alive = core.keep_alive();
        head_.chunked = core.chunked();
        head_.has_body = !core.is_done();
        const auto length = core.content_length();
        if (length) head_.content_length = *length;
        break;
      }
    }
  }
  return used;
}

std::size_t MessageParser::put(std::string_view bytes, const BodySink& sink) {
  std::size_t skipped = 0;
  if (!started_ && kind_ == Kind::request) {
    // RFC 9112, section 2.2: an empty line before the request line is left out.
    while (bytes.substr(skipped).starts_with("\r\n")) skipped += 2;
    if (bytes.substr(skipped) == "\r") return skipped;
  }
  if (skipped == bytes.size()) return skipped;
  started_ = true;
  bytes.remove_prefix(skipped);
  return skipped + (kind_ == Kind::request ? put_into(*cores_->request, bytes, sink)
                                           : put_into(*cores_->response, bytes, sink));
}

void MessageParser::put_end() {
  if (state_ == ParseState::complete || state_ == ParseState::failed) return;
  if (started_ && kind_ == Kind::response && state_ == ParseState::body) {
    error_code error;
    cores_->response->put_eof(error);
    if (!error) {
      state_ = ParseState::complete;
      return;
    }
  }
  fail(malformed("the connection ended inside the message"));
}

}  // namespace weir::http
