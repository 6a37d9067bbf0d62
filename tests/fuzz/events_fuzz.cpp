// Server-sent events: however the stream is cut, the same events come out.
//
// The first byte says in pieces of how many bytes the rest arrives.
#include "http/event_stream.h"

#include <algorithm>

#include "tests/fuzz/hold.h"

using weir::fuzz::hold;
using weir::http::EventParser;
using weir::http::ServerEvent;

namespace {

constexpr std::size_t event_bytes_max = 1'024;

// None: the stream was refused.
std::optional<std::vector<weir::http::ServerEvent>> events_of(std::string_view text,
                                                              std::size_t piece) {
  weir::http::EventParser parser(event_bytes_max);
  std::vector<weir::http::ServerEvent> all;
  while (!text.empty()) {
    const std::size_t size = std::min(piece, text.size());
    const auto events = parser.feed(text.substr(0, size));
    if (!events) return {};
    all.insert(all.end(), events->begin(), events->end());
    text.remove_prefix(size);
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = weir::fuzz::text_of(bytes + 1, size - 1);
  const auto whole = events_of(text, std::max<std::size_t>(text.size(), 1));
  const auto cut = events_of(text, std::size_t{bytes[0]} + 1);
  hold(whole == cut, "events do not depend on how the stream is cut");
  if (!whole) return 0;
  for (const weir::http::ServerEvent& event : *whole) {
    if (event.event.find('\0') != std::string::npos) continue;  // is written without
    const auto again = events_of(weir::http::format_event(event), 7);
    hold(again && again->size() == 1, "a written event is one event");
    hold(again->front() == event, "a written event reads as the same");
  }
  return 0;
}
