// The server's side of a rank's record (runner/record_form.h).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backend/rank.h"
#include "base/result.h"

namespace weir::backend::local {

struct Record {
  std::int64_t runner_pid = 0;  // as claimed; 0: the server itself
  std::int64_t started_us = 0;
  Stage stage = Stage::program;
  std::optional<std::int64_t> memory_bytes;
  std::optional<RankOutcome> outcome;

  friend bool operator==(const Record&, const Record&) = default;
};

// Reads the lines that are whole; what follows the last newline is not there yet.
// Fails: invalid, a whole line that no runner writes.
[[nodiscard]] base::Result<Record> parse_record(std::string_view text);

// None where nobody claimed the rank (no record, or one without a claim).
// Fails: invalid, input_output.
[[nodiscard]] base::Result<std::optional<Record>> read_record(const std::string& path);

// The outcome, where it stands in the record by now.
[[nodiscard]] std::optional<RankOutcome> recorded_outcome(const std::string& path);

// The pid of the living process that holds the record, or 0: its runner is dead, or there was none.
[[nodiscard]] pid_t record_holder(const std::string& path);

// Claims a rank for the server itself and ends it there and then, so that no runner that is still
// on its way can run it. False where a runner claimed it before.
// Fails: input_output.
[[nodiscard]] base::Result<bool> claim_and_end(const std::string& path, const RankOutcome& outcome);
// Gives a record whose runner died without an end that end; mends a torn or spoilt record too.
// Fails: input_output; the record is then as it was.
[[nodiscard]] base::Status replace_with_end(const std::string& path, const Record& known,
                                            const RankOutcome& outcome);

}  // namespace weir::backend::local
