// A rank's record: one small text file, appended line by line by the rank's runner.
//
//   (an empty line)
//   claim <runner pid> <started_us> <first stage> <memory limit or ->
//   stage program
//   ended <end> <stage> <exit code> <signal> <out of memory> <started_us> <ended_us>
//         <wall_us> <cpu_us> <peak memory or -> <message to the end of the line>
//
// A line counts once its newline is there. The runner holds a lock on the file as long as it
// runs the rank, so whoever gets the lock on a record without a claim may claim the rank, and a
// claimed record that nobody locks has its end or belongs to a runner that is dead. A pid alone
// could have been given to another.
//
// The empty line is what stays of a record that serves another rank: cut to no bytes at all, a file
// loses its place on the disk, and some file systems flush it once it is written again.
#pragma once

#include <string>

#include "backend/rank.h"

namespace weir::backend::local {

inline constexpr std::size_t head_bytes = 1;  // a record that is no longer has no claim

inline constexpr const char* end_names[] = {"exited",  "signalled",    "timed_out",
                                            "stopped", "start_failed", "vanished"};

[[nodiscard]] inline std::string number_or_dash(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : "-";
}

// With the empty line before it.
[[nodiscard]] inline std::string claim_line(std::int64_t runner_pid, std::int64_t started_us,
                                            Stage first_stage,
                                            const std::optional<std::int64_t>& memory_bytes) {
  return "\nclaim " + std::to_string(runner_pid) + " " + std::to_string(started_us) + " " +
         name_of(first_stage) + " " + number_or_dash(memory_bytes) + "\n";
}

[[nodiscard]] inline std::string ended_line(const RankOutcome& outcome) {
  std::string line = "ended ";
  line += end_names[static_cast<std::size_t>(outcome.end)];
  line += " ";
  line += name_of(outcome.stage);
  for (const std::int64_t number :
       {static_cast<std::int64_t>(outcome.exit_code), static_cast<std::int64_t>(outcome.signal),
        static_cast<std::int64_t>(outcome.out_of_memory), outcome.started_us, outcome.ended_us,
        outcome.usage.wall_us, outcome.usage.cpu_us}) {
    line += " " + std::to_string(number);
  }
  line += " " + number_or_dash(outcome.usage.peak_memory_bytes) + " ";
  for (const char c : outcome.message) line += c == '\n' || c == '\0' ? ' ' : c;
  return line + "\n";
}

}  // namespace weir::backend::local
