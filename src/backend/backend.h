// Runs ranks at one site, and tells the truth about them.
//
// The caller says what to start and what to stop; everything it learns comes back as observations,
// so that the logic above can be driven by made-up ones. Nothing here decides, retries or knows of
// leases. What a backend started lives on when the server dies: a new Backend over the same site
// observes it again.
//
// One thread uses a Backend, except read_log() and exec(), which any thread may call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "backend/rank.h"
#include "base/result.h"

namespace weir::backend {

// How limits on memory and cpus are kept here, for people to read.
struct LimitsUsed {
  std::string by;   // "cgroup-v2" or "rlimit"
  std::string why;  // one sentence
};

struct LogChunk {
  std::string bytes;
  std::int64_t next_offset = 0;  // where to read on
};

class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  // Begins to run a rank, and returns before it runs.
  //
  // Ensures: a key runs at most once, however often and by whichever server it is started. A key
  //          already known is left as it is. What is wrong with the order itself (a bad archive, a
  //          cpu that is not there) is observed as `start_failed`.
  // Fails:   conflict, the key was forgotten; input_output, nothing was started and nothing noted.
  virtual base::Status start(const RankOrder& order) = 0;

  // Ends a rank: TERM to all of it, the order's grace, then KILL. Observed as `stopped`, unless it
  // ended by itself before; in its time of notice that means well, with code 0. Calling it again
  // changes nothing.
  //
  // Fails: not_found, no such rank is known.
  virtual base::Status stop(const RankKey& key, const std::string& reason, StopAfter after) = 0;
  base::Status stop(const RankKey& key, const std::string& reason) {
    return stop(key, reason, StopAfter::nothing);
  }

  // Removes what a rank that ended left at the site, except its logs. Its key never runs again.
  //
  // Fails: conflict, the rank has not ended. A key that is not known is forgotten already.
  virtual base::Status forget(const RankKey& key) = 0;

  // Every rank known here, ordered by key.
  [[nodiscard]] virtual std::vector<RankObservation> observe() = 0;
  // The ranks that changed since the last call of changes() or observe(), ordered by key.
  [[nodiscard]] virtual std::vector<RankObservation> changes() = 0;
  // Readable (as poll(2) has it) when changes() has something to say. Stays the same for life.
  [[nodiscard]] virtual int ready_descriptor() const = 0;

  // At most `bytes_max` of a log from `offset` on; no bytes where there are none (yet).
  //
  // Fails: input_output. A log that does not exist is empty: it appears with its first byte.
  [[nodiscard]] virtual base::Result<LogChunk> read_log(const RankKey& key, Stream stream,
                                                        std::int64_t offset,
                                                        std::size_t bytes_max) const = 0;

  // Runs shell text beside a running rank, in its folder, environment, limits and cpus, and waits
  // for the end. `output` gets stdout and stderr as they come. Where `cancel` is requested, or the
  // rank ends, the command is ended too.
  //
  // Returns: the exit code; 128+n for signal n.
  // Fails:   conflict, the rank does not run; input_output.
  virtual base::Result<int> exec(const RankKey& key, const std::string& command,
                                 const std::function<void(std::string_view)>& output,
                                 std::stop_token cancel) = 0;

  // The folder that a rank runs in. Fails: not_found, no such rank is known here.
  [[nodiscard]] virtual base::Result<std::string> work_folder(const RankKey& key) const = 0;

  [[nodiscard]] virtual LimitsUsed limits() const = 0;

  // Says that the control plane was heard. Where the backend was opened with a fence, ranks end
  // themselves once this was not said for so long: an agent that is gone cannot end them, and
  // another site may run them by then. Fails: input_output.
  [[nodiscard]] virtual base::Status renew_lease() { return {}; }
};

}  // namespace weir::backend
