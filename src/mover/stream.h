// One of the streams of a fetch: takes runs of chunks from the plan, brings their bytes to their
// place, at the pace, and verifies each chunk as its last byte lands. Inside this room only.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/hash.h"
#include "mover/fetch_plan.h"
#include "mover/ledger.h"
#include "mover/object_stream.h"
#include "mover/pace.h"
#include "mover/rclone.h"

namespace weir::mover {

// What all streams of a fetch share. All of it outlives them.
struct Fetch {
  const ChunkTable& table;
  const Fetching& fetching;
  const Rclone& rclone;
  int tree;  // the folder the files stand in, with their sizes
  const Ledger& ledger;
  std::vector<std::int64_t> written;  // of chunks that are not verified; each by one stream at once
  FetchPlan plan;
  std::stop_token stop;
  std::mutex pace_mutex = {};
  Pace pace;
};

class Stream {
 public:
  explicit Stream(Fetch& fetch);
  // Until nothing is left or the fetch has failed.
  void run();

 private:
  // A chunk on its way. What has come stays where the stream breaks off.
  struct Chunk {
    std::uint64_t number = 0;
    ChunkPlace place;
    std::int64_t done = 0;   // bytes
    std::int64_t noted = 0;  // of those, in the ledger
    base::Sha256 hash;
    std::optional<std::size_t> replica;  // that all of `done` is from
    bool is_mixed = false;               // from several, or from before
  };
  enum class Step : std::uint8_t { verified, damaged, broken_off };

  void fetch_run(const Run& run);
  // Asks for the rest of the run, less where the replica has not as much. True: bytes may be read.
  bool open_stream(std::uint64_t& until, std::size_t replica);
  [[nodiscard]] base::Status begin_chunk(std::uint64_t number);
  [[nodiscard]] base::Result<Step> bring_chunk(std::size_t replica);
  [[nodiscard]] base::Result<bool> bring_piece(std::size_t replica);
  [[nodiscard]] base::Result<Step> end_chunk(std::size_t replica);
  // Until bytes may be read; a long wait closes the stream. False: the fetch has failed.
  bool earn();
  [[nodiscard]] Waiting waiting() const { return {fetch_.fetching.stall, fetch_.stop}; }

  Fetch& fetch_;
  std::string buffer_;
  std::int64_t credit_ = 0;  // bytes that may be read and were not yet
  std::optional<ObjectStream> stream_;
  base::Descriptor file_;
  std::optional<std::size_t> open_file_;
  Chunk chunk_;
};

}  // namespace weir::mover
