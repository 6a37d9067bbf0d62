// The bytes of a response: status line, fields, chunks.
//
// Pure. What a handler puts into a field can hold text of a user; a line end in it must not become
// a second field, or a second response.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace weir::http {

enum class BodyFraming : std::uint8_t {
  length,       // Content-Length: the whole body is known
  chunked,      // Transfer-Encoding: chunked
  until_close,  // HTTP/1.0 streams: the body ends with the connection
};

struct HeadOptions {
  BodyFraming framing = BodyFraming::length;
  std::uint64_t body_bytes = 0;  // with BodyFraming::length
  bool keep_alive = true;
  int version = 11;            // of the request: 1.0 wants to hear that the connection is kept
  std::string_view date = {};  // of the Date field, as format_http_date gives it
};

// Appends status line and fields, the empty line included. Fields that frame the message
// (Content-Length, Transfer-Encoding, Connection, Date) are this function's: the same ones in
// `response.headers` are left out, Content-Type excepted.
void append_head(std::string& out, const HttpResponse& response, const HeadOptions& options);

// Appends one chunk; an empty piece appends nothing, since an empty chunk would be the last.
void append_chunk(std::string& out, std::string_view piece);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

// Whether a response of this status has a body at all (1xx, 204 and 304 have none).
[[nodiscard]] bool has_body(unsigned status);

[[nodiscard]] std::string_view reason_phrase(unsigned status);

// "Sun, 06 Nov 1994 08:49:37 GMT" of seconds since 1970.
[[nodiscard]] std::string format_http_date(std::int64_t seconds);

}  // namespace weir::http
