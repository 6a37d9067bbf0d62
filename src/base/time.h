// Time as the house keeps it: whole microseconds since 1970-01-01 UTC, and no way to ask for "now".
//
// The clock type has no now(), so that the engine and everything below it cannot read a clock even
// by accident: time comes in with each input. Shells read the machine's clock in app/ and agent/.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::base {

struct EngineClock {
  using duration = std::chrono::duration<std::int64_t, std::micro>;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<EngineClock, duration>;
  static constexpr bool is_steady = false;
};

using Duration = EngineClock::duration;
using Time = EngineClock::time_point;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s

[[nodiscard]] constexpr Time time_from_us(std::int64_t us) { return Time(Duration(us)); }
[[nodiscard]] constexpr std::int64_t to_us(Time time) { return time.time_since_epoch().count(); }
[[nodiscard]] constexpr std::int64_t to_us(Duration duration) { return duration.count(); }

// Reads "90", "90s", "15m", "24h", "2d", "1h30m", "1.5h", "500ms", "20us" (a bare number is
// seconds) and Slurm's "HH:MM:SS", "D-HH:MM:SS" forms. Fails: invalid, with the forms that work.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
// "2d3h", "1h30m", "45s", "0.250s": at most two units, shortest first reading.
[[nodiscard]] std::string format_duration(Duration duration);
// Every unit there is, "2d3h4m5s6ms7us", so that parse_duration reads back the same duration.
[[nodiscard]] std::string format_duration_exact(Duration duration);

// Reads RFC 3339 with offset, seconds optional: "2026-12-01T08:00+08:00". Fails: invalid.
[[nodiscard]] Result<Time> parse_time(std::string_view text);
// RFC 3339 in UTC with seconds (milliseconds where there are any): "2026-12-01T00:00:00Z".
[[nodiscard]] std::string format_time(Time time);

}  // namespace weir::base
