#include "http/event_stream.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

namespace weir::http {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string without_line_ends(std::string_view text) {
  std::string kept;
  std::ranges::copy_if(text, std::back_inserter(kept), [](char letter) {
    return letter != '\n' && letter != '\r' && letter != '\0';
  });
  return kept;
}

// Appends `field: line` for each line of `text`; CR, LF and CRLF all end a line.
void append_lines(std::string& out, std::string_view field, std::string_view text) {
  for (;;) {
    const std::size_t end = text.find_first_of("\r\n");
    out += field;
    out += text.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) return;
    text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
}

}  // namespace

std::string format_event(const ServerEvent& event) {
  std::string out;
  if (event.retry_ms) out += fmt::format("retry: {}\n", *event.retry_ms);
  if (!event.id.empty()) out += "id: " + without_line_ends(event.id) + '\n';
  if (!event.event.empty()) out += "event: " + without_line_ends(event.event) + '\n';
  append_lines(out, "data: ", event.data);
  out += '\n';
  return out;
}

std::string format_event_comment(std::string_view text) {
  std::string out;
  append_lines(out, ": ", text);
  out += '\n';
  return out;
}

base::Result<std::vector<ServerEvent>> EventParser::feed(std::string_view bytes) {
  std::vector<ServerEvent> complete;
  while (!bytes.empty()) {
    if (after_carriage_return_) {
      after_carriage_return_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view piece = bytes.substr(0, end);
    if (line_.size() + event_.data.size() + piece.size() > event_bytes_max_) {
      return base::fail(base::ErrorCode::too_large,
                        fmt::format("a server-sent event is over {} bytes", event_bytes_max_));
    }
    line_ += piece;
    if (end == std::string_view::npos) break;
    after_carriage_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    take_line(line_, complete);
    line_.clear();
  }
  return complete;
}

void EventParser::take_line(std::string_view line, std::vector<ServerEvent>& complete) {
  if (first_line_ && line.starts_with(byte_order_mark)) {
    line.remove_prefix(byte_order_mark.size());
  }
  first_line_ = false;
  if (line.empty()) return dispatch(complete);
  const std::size_t colon = line.find(':');
  if (colon == 0) return;  // a comment
  if (colon == std::string_view::npos) return take_field(line, {});
  std::string_view value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  take_field(line.substr(0, colon), value);
}

void EventParser::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  } else if (name == "event") {
    event_.event = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) pending_id_ = value;
  } else if (name == "retry") {
    std::uint64_t retry = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), retry);
    if (error == std::errc() && end == value.data() + value.size()) {
      retry_ms_ = retry;
      event_.retry_ms = retry;
    }
  }
}

void EventParser::dispatch(std::vector<ServerEvent>& complete) {
  last_id_ = pending_id_;
  if (has_data_) {
    event_.id = last_id_;
    complete.push_back(std::move(event_));
  }
  event_ = {};
  has_data_ = false;
}

}  // namespace weir::http
