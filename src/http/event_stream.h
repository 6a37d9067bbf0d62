// Server-sent events (WHATWG HTML, section 9.2): the text of an event, and back.
//
// Pure and incremental: bytes go in as they come from the wire, cut anywhere; whole events come
// out. Connecting, and connecting again with `Last-Event-ID`, is the caller's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::http {

struct ServerEvent {
  std::string id;     // "" = none
  std::string event;  // "" = the default, "message"
  std::string data;   // lines are separated by "\n"
  std::optional<std::uint64_t> retry_ms;

  friend bool operator==(const ServerEvent&, const ServerEvent&) = default;
};

// The text of one event, its empty line included. Line ends in `data` are kept as "\n" whatever
// they were; those in `id` and `event`, where they would forge fields, are left out.
[[nodiscard]] std::string format_event(const ServerEvent& event);
// A line that readers ignore; it keeps an idle stream alive through proxies.
[[nodiscard]] std::string format_event_comment(std::string_view text);

class EventParser {
 public:
  // An event larger than `event_bytes_max` is an error: the sender could grow us without end.
  explicit EventParser(std::size_t event_bytes_max = 16U << 20U)
      : event_bytes_max_(event_bytes_max) {}

  // Takes the next bytes of the stream, gives the events they complete. An event carries the last
  // id seen, its own or an earlier one, as the standard has it.
  // Fails: too_large. The parser is then of no further use.
  [[nodiscard]] base::Result<std::vector<ServerEvent>> feed(std::string_view bytes);

  // What to send as `Last-Event-ID` on connecting again; "" if no event had an id.
  [[nodiscard]] const std::string& last_id() const { return last_id_; }
  // The last `retry` the server asked for.
  [[nodiscard]] std::optional<std::uint64_t> retry_ms() const { return retry_ms_; }

 private:
  void take_line(std::string_view line, std::vector<ServerEvent>& complete);
  void take_field(std::string_view name, std::string_view value);
  void dispatch(std::vector<ServerEvent>& complete);

  std::size_t event_bytes_max_;
  std::string line_;  // the unfinished line
  bool after_carriage_return_ = false;
  bool first_line_ = true;
  bool has_data_ = false;
  ServerEvent event_;
  std::string pending_id_;  // becomes last_id_ with its event: half an event must come again
  std::string last_id_;
  std::optional<std::uint64_t> retry_ms_;
};

}  // namespace weir::http
