// Which chunk is fetched next and from which replica, for all streams of one fetch. Inside this
// room only.
//
// Chunks go out in runs that follow each other in a file, so that one request brings many. One that
// came damaged is tried at the replicas that are left, by itself; one that is damaged everywhere
// ends the fetch. A replica that fails is left alone for a while, longer each time, and the next
// one serves meanwhile.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "mover/chunk_table.h"
#include "mover/order.h"

namespace weir::mover {

// Chunks that follow each other in one file.
struct Run {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

class FetchPlan {
 public:
  // `wanted`: numbers of chunks, rising. All that is given outlives it.
  FetchPlan(const ChunkTable& table, const std::vector<Replica>& replicas, const Fetching& fetching,
            std::vector<std::uint64_t> wanted, std::stop_token stop);

  // What to fetch next; waits while others may still give something back. None: nothing is left, or
  // the fetch has failed.
  [[nodiscard]] std::optional<Run> next();
  // Each run that was given out ends with this.
  void end_run();
  // Of a run: it goes to somebody else, or the same, by itself.
  void put_back(std::uint64_t chunk);

  // The first replica that may have the chunk; waits while all of them are left alone. None: the
  // fetch has failed.
  [[nodiscard]] std::optional<std::size_t> replica_for(std::uint64_t chunk);
  void is_bad(std::uint64_t chunk, std::size_t replica, bool missing);
  void is_good(std::uint64_t chunk, std::int64_t bytes);
  void has_trouble(std::size_t replica, const std::string& words);
  void came(std::size_t replica, std::int64_t bytes);
  // Time that a stream waits for its window does not count as without a byte.
  void waits_for_its_time() { last_gain_ = std::chrono::steady_clock::now(); }

  void fail(base::Error error);
  [[nodiscard]] bool has_failed() const { return failed_ || stop_.stop_requested(); }
  // Requires: has_failed.
  [[nodiscard]] base::Error error();
  // Waits for a while, or until all is done or the fetch has failed; true: it is over.
  bool wait_for_end(std::chrono::milliseconds at_most);

  [[nodiscard]] std::int64_t fetched_bytes() const { return fetched_bytes_; }
  [[nodiscard]] std::int64_t good_bytes() const { return good_bytes_; }
  [[nodiscard]] std::uint64_t repaired() const { return repaired_; }
  [[nodiscard]] std::vector<BadChunk> bad_chunks();
  // What is amiss with replicas that are left alone.
  [[nodiscard]] std::string note();

 private:
  using Clock = std::chrono::steady_clock;
  struct State {
    std::uint32_t failures = 0;  // in a row
    Clock::time_point not_before{};
    std::string trouble;
  };

  [[nodiscard]] std::optional<Run> take_run();
  [[nodiscard]] std::string troubles() const;
  void fail_locked(base::Error error);

  const ChunkTable& table_;
  const std::vector<Replica>& replicas_;
  const Fetching& fetching_;
  std::stop_token stop_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::uint64_t> wanted_;
  std::size_t next_ = 0;  // in wanted_
  std::deque<std::uint64_t> given_back_;
  std::uint64_t runs_out_ = 0;
  std::map<std::uint64_t, std::set<std::size_t>> bad_at_;  // replicas, by chunk
  std::vector<BadChunk> bad_;
  std::vector<State> states_;
  std::optional<base::Error> error_;
  std::atomic<bool> failed_ = false;
  std::atomic<Clock::time_point> last_gain_;
  std::atomic<std::int64_t> fetched_bytes_ = 0;
  std::atomic<std::int64_t> good_bytes_ = 0;
  std::atomic<std::uint64_t> repaired_ = 0;
};

}  // namespace weir::mover
