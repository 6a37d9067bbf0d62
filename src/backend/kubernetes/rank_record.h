// What is kept on the site's disk of a rank that runs in a cluster: enough for a later server to
// tell how it ended, and never a secret.
#pragma once

#include <optional>
#include <string>

#include "backend/kubernetes/log_text.h"
#include "backend/local/layout.h"
#include "backend/rank.h"
#include "base/describe.h"
#include "base/result.h"

namespace weir::backend::kubernetes {

struct EndRecord {
  std::int32_t end = 0;    // RankOutcome::End
  std::int32_t stage = 0;  // Stage
  std::int32_t exit_code = 0;
  std::int32_t signal = 0;
  bool out_of_memory = false;
  std::int64_t wall_us = 0;
  std::int64_t started_us = 0;
  std::int64_t ended_us = 0;
  std::string message;

  friend bool operator==(const EndRecord&, const EndRecord&) = default;
};
WEIR_DESCRIBE(EndRecord, end, stage, exit_code, signal, out_of_memory, wall_us, started_us,
              ended_us, message)

struct RankRecord {
  std::string node;
  std::optional<base::Duration> time_limit;
  base::Duration kill_grace{std::chrono::seconds(10)};
  base::Duration notice_before{0};
  bool takes_notice = false;
  std::int64_t log_bytes_max = std::int64_t{64} << 20;
  bool has_setup = false;
  bool has_secrets = false;
  bool is_created = false;  // its Job is known to be in the cluster
  std::string lease;        // that its Job is owned by, by uid; "": none
  bool stop_asked = false;
  std::string stop_reason;
  std::int64_t end_from_us = 0;  // after a stop with notice: when it is told to end, since 1970
  bool is_forgotten = false;     // its objects are to be removed, and then this
  std::optional<EndRecord> end;

  friend bool operator==(const RankRecord&, const RankRecord&) = default;
};
WEIR_DESCRIBE(RankRecord, node, time_limit, kill_grace, notice_before, takes_notice, log_bytes_max,
              has_setup, has_secrets, is_created, lease, stop_asked, stop_reason, end_from_us,
              is_forgotten, end)

[[nodiscard]] RankRecord record_of(const RankOrder& order);
[[nodiscard]] EndRecord end_record_of(const RankOutcome& outcome);
[[nodiscard]] RankOutcome outcome_of(const EndRecord& end);

// Writes the record whole, or leaves what was there; durable when it returns. Fails: input_output.
[[nodiscard]] base::Status write_record(const local::Layout& layout, const RankKey& key,
                                        const RankRecord& record);
// None where there is none. Fails: invalid, input_output.
[[nodiscard]] base::Result<std::optional<RankRecord>> read_record(const local::Layout& layout,
                                                                  const RankKey& key);
// Removes the record, and how far its logs were taken.
void remove_record(const local::Layout& layout, const RankKey& key);

// Adds to a rank's logs, where `before` says that they end, and keeps `after` in its place.
// Fails: input_output; the same can be done again.
[[nodiscard]] base::Status write_log(const local::Layout& layout, const RankKey& key,
                                     const LogPieces& pieces, const LogCursor& before,
                                     const LogCursor& after);
// How far the logs were taken; from their beginning where nothing says so.
[[nodiscard]] LogCursor read_cursor(const local::Layout& layout, const RankKey& key);

}  // namespace weir::backend::kubernetes
