// A container's log, taken piece by piece and told apart by streams. Pure.
//
// The cluster gives a log from a second on, each line with its time; it has no offsets, and takes
// old files away. So a cursor remembers the last line's time, and how many lines of that very time
// were taken.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "backend/rank.h"
#include "base/describe.h"

namespace weir::backend::kubernetes {

struct LogCursor {
  std::string time;            // of the last line taken, as the cluster wrote it; "": none yet
  std::uint64_t taken_at = 0;  // lines of that time that were taken
  // What went to each stream's file so far, by Stream's number.
  std::int64_t setup_bytes = 0;
  std::int64_t platform_bytes = 0;
  std::int64_t program_bytes = 0;
  std::string stream = "platform";  // that the next text belongs to
  std::string began;                // when the script said that it began, and that it ended
  std::string ended;
  bool is_full = false;  // no more is kept of setup and program

  friend bool operator==(const LogCursor&, const LogCursor&) = default;
};
WEIR_DESCRIBE(LogCursor, time, taken_at, setup_bytes, platform_bytes, program_bytes, stream, began,
              ended, is_full)

// New text for each stream, by Stream's number.
using LogPieces = std::array<std::string, 3>;

// Takes what is new in `text`: lines, each a time, a space and what was written. A last line
// without its end is left for the next time, unless the container ended (`is_final`).
//
// Ensures: setup and program together keep `bytes_max`; what is cut is said once as the platform's.
[[nodiscard]] LogPieces take_log(LogCursor& cursor, std::string_view text, bool is_final,
                                 std::int64_t bytes_max);

}  // namespace weir::backend::kubernetes
