// Targets of request lines: what is taken means the same after it was written anew.
#include "http/target.h"

#include "tests/fuzz/hold.h"

namespace {

std::string written(const weir::http::Target& target) {
  std::string text;
  for (const std::string& segment : target.segments) {
    text += "/" + weir::http::encode_component(segment);
  }
  if (text.empty()) text = "/";
  char before = '?';
  for (const auto& [name, value] : target.query) {
    text += before + weir::http::encode_component(name) + "=" + weir::http::encode_component(value);
    before = '&';
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto target = weir::http::parse_target(weir::fuzz::text_of(bytes, size));
  if (!target) return 0;
  for (const std::string& segment : target->segments) {
    weir::fuzz::hold(segment != ".." && segment != ".", "no segment climbs");
    weir::fuzz::hold(segment.find('\0') == std::string::npos, "no segment holds a zero byte");
  }
  const auto again = weir::http::parse_target(written(*target));
  weir::fuzz::hold(again.has_value(), "a target reads back");
  weir::fuzz::hold(again->segments == target->segments && again->query == target->query,
                   "a target is the same after writing");
  return 0;
}
