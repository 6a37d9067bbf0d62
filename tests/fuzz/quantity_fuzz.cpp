// Times, durations, sizes and ranges as people write them: what was read and written reads as the
// same.
#include "base/quantity.h"
#include "base/time.h"
#include "tests/fuzz/hold.h"

using namespace weir::base;  // NOLINT(google-build-using-namespace): the room under test
using weir::fuzz::hold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = weir::fuzz::text_of(bytes, size);
  if (const auto duration = parse_duration(text)) {
    hold(*duration >= Duration(0), "a written duration is not negative");
    const auto again = parse_duration(format_duration_exact(*duration));
    hold(again && *again == *duration, "a duration is the same after writing");
    hold(!format_duration(*duration).empty(), "a duration can be shown");
  }
  if (const auto time = parse_time(text)) {
    const std::string written = format_time(*time);
    const auto again = parse_time(written);
    hold(again && format_time(*again) == written, "a time is the same after writing");
  }
  if (const auto amount = parse_bytes(text)) {
    hold(*amount >= 0, "a size is not negative");
    hold(parse_bytes(format_bytes(*amount)).has_value(), "a shown size can be read");
  }
  if (const auto range = parse_range(text, &parse_count)) {
    const auto again = parse_range(text_of(*range), &parse_count);
    hold(again && *again == *range, "a range is the same after writing");
  }
  if (const auto range = parse_range(text, &parse_bytes)) {
    const auto again = parse_range(text_of(SizeRange{range->least, range->most}), &parse_bytes);
    hold(again && *again == *range, "a range of sizes is the same after writing");
  }
  static_cast<void>(nearest_name(text, std::initializer_list<std::string_view>{"cpus", "memory"}));
  return 0;
}
