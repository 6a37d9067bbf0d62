// Reads HTTP/1.x messages from bytes as they come, cut anywhere.
//
// A shell around Boost.Beast's basic_parser, which knows the grammar, with the limits it leaves
// open (fields that dribble in, endless chunk extensions, trailers) and without its message types.
// Pure: no socket, no clock; the same bytes give the same messages however they are cut. (A byte
// that spoils a head may be noticed at once, or only when the head is whole.)
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace weir::http {

// The first line and the fields of a message, before its body.
struct MessageHead {
  std::string method;   // of a request
  std::string target;   // of a request
  unsigned status = 0;  // of a response
  int version = 11;     // 10 or 11
  Headers headers;
  bool keep_alive = false;
  bool chunked = false;
  bool has_body = false;
  std::optional<std::uint64_t> content_length;
};

enum class ParseState : std::uint8_t { head, body, complete, failed };

struct ParserLimits {
  std::size_t head_bytes_max = 16U << 10U;  // first line and fields together
  std::size_t fields_max = 128;
};

// Gets a piece of the body; false = stop, this body cannot be taken.
using BodySink = std::function<bool(std::string_view)>;

class MessageParser {
 public:
  enum class Kind : std::uint8_t { request, response };

  MessageParser(Kind kind, ParserLimits limits);
  MessageParser(const MessageParser&) = delete;
  MessageParser& operator=(const MessageParser&) = delete;
  ~MessageParser();

  // Begins the next message. `bodiless` is for a response to HEAD.
  void restart(bool bodiless = false);
  // Takes from `bytes` what belongs to this message and returns how much that was; the rest must be
  // offered again, with more behind it. Stops right behind the head, so that the caller can decide
  // about the body. Give `bytes` whole each time: what is not yet complete is not kept here.
  std::size_t put(std::string_view bytes, const BodySink& sink);
  // No byte will follow. A response that ends with its connection is then complete.
  void put_end();

  [[nodiscard]] ParseState state() const { return state_; }
  // Whether any byte of the message was seen.
  [[nodiscard]] bool started() const { return started_; }
  // Valid from the end of the head on, until restart(). May be moved from.
  [[nodiscard]] MessageHead& head() { return head_; }
  // Why the state is `failed`.
  [[nodiscard]] const Problem& problem() const { return problem_; }

 private:
  template <bool is_request>
  class Core;
  struct Cores;

  template <bool is_request>
  std::size_t put_into(Core<is_request>& core, std::string_view bytes, const BodySink& sink);
  void fail(Problem problem);

  Kind kind_;
  ParserLimits limits_;
  ParseState state_ = ParseState::head;
  bool started_ = false;
  std::size_t head_bytes_ = 0;
  MessageHead head_;
  Problem problem_;
  std::unique_ptr<Cores> cores_;
};

}  // namespace weir::http
