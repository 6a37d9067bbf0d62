#include "mover/stream.h"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "mover/chunk_reader.h"
#include "mover/clock.h"

namespace weir::mover {

using base::Error;
using base::Result;
using base::Status;

namespace {

constexpr std::int64_t buffer_bytes = 256 << 10;
// How many bytes of a chunk may be lost to a kill.
constexpr std::int64_t note_every_bytes = 4 << 20;
constexpr base::Duration long_wait = std::chrono::seconds(2);
constexpr base::Duration look_for_stop_every = std::chrono::milliseconds(100);

}  // namespace

Stream::Stream(Fetch& fetch)
    : fetch_(fetch), buffer_(static_cast<std::size_t>(buffer_bytes), '\0') {}

void Stream::run() {
  while (const std::optional<Run> run = fetch_.plan.next()) {
    fetch_run(*run);
    stream_.reset();
    fetch_.plan.end_run();
  }
}

void Stream::fetch_run(const Run& run) {
  const std::uint64_t end = run.first + run.count;
  std::uint64_t until = end;  // of what the open stream brings
  std::optional<std::size_t> replica;
  for (std::uint64_t number = run.first; number < end;) {
    if (Status begun = begin_chunk(number); !begun) return fetch_.plan.fail(begun.error());
    for (bool is_through = false; !is_through;) {
      const bool is_all_here = chunk_.done == chunk_.place.size;  // before we were killed
      if (!is_all_here && !earn()) return;
      if (!is_all_here && (!stream_ || number >= until)) {
        stream_.reset();
        until = std::max(number + 1, std::min(until, end));
        replica = fetch_.plan.replica_for(number);
        if (!replica) return;
        if (!open_stream(until, *replica)) continue;
      }
      const Result<Step> step = bring_chunk(replica.value_or(0));
      if (!step) return fetch_.plan.fail(step.error());
      if (*step == Step::broken_off) {
        stream_.reset();
        until = end;
        if (fetch_.plan.has_failed()) return;
        continue;
      }
      is_through = true;
      if (*step == Step::damaged) fetch_.plan.put_back(number);
    }
    ++number;
  }
}

bool Stream::open_stream(std::uint64_t& until, std::size_t replica) {
  const ChunkPlace last = fetch_.table.place(until - 1);
  const std::int64_t from = chunk_.place.offset + chunk_.done;
  Result<ObjectStream> stream =
      ObjectStream::open(fetch_.rclone, replica, fetch_.table.path(chunk_.number), from,
                         last.offset + last.size - from, waiting());
  if (stream) {
    stream_ = std::move(*stream);
    return true;
  }
  if (fetch_.plan.has_failed()) return false;
  if (stream.error().code != base::ErrorCode::not_found) {
    fetch_.plan.has_trouble(replica, stream.error().message);
    return false;
  }
  // Perhaps the replica has the first of them.
  if (until > chunk_.number + 1) {
    until = chunk_.number + 1;
  } else {
    fetch_.plan.is_bad(chunk_.number, replica, true);
  }
  return false;
}

Status Stream::begin_chunk(std::uint64_t number) {
  chunk_ = Chunk{};
  chunk_.number = number;
  chunk_.place = fetch_.table.place(number);
  if (open_file_ != chunk_.place.file) {
    file_ = WEIR_TRY(open_below(fetch_.tree, fetch_.table.path(number), O_RDWR));
    open_file_ = chunk_.place.file;
  }
  const std::int64_t written = fetch_.written[static_cast<std::size_t>(number)];
  while (chunk_.done < written) {
    const auto size = static_cast<std::size_t>(std::min(written - chunk_.done, buffer_bytes));
    const std::size_t count = WEIR_TRY(
        read_at(file_.get(), std::span(buffer_).first(size), chunk_.place.offset + chunk_.done));
    if (count == 0) break;
    chunk_.hash.add(std::string_view(buffer_).substr(0, count));
    chunk_.done += static_cast<std::int64_t>(count);
    chunk_.is_mixed = true;
  }
  chunk_.noted = chunk_.done;
  return {};
}

Result<Stream::Step> Stream::bring_chunk(std::size_t replica) {
  while (chunk_.done < chunk_.place.size) {
    if (!earn() || !stream_) return Step::broken_off;
    const bool came = WEIR_TRY(bring_piece(replica));
    if (!came) return Step::broken_off;
  }
  return end_chunk(replica);
}

Result<bool> Stream::bring_piece(std::size_t replica) {
  const auto size =
      static_cast<std::size_t>(std::min({credit_, buffer_bytes, chunk_.place.size - chunk_.done}));
  const Result<std::size_t> count = stream_->read(std::span(buffer_).first(size), waiting());
  if (!count) {
    if (!fetch_.plan.has_failed()) fetch_.plan.has_trouble(replica, count.error().message);
    return false;
  }
  const std::string_view bytes = std::string_view(buffer_).substr(0, *count);
  WEIR_TRY_STATUS(write_at(file_.get(), bytes, chunk_.place.offset + chunk_.done));
  chunk_.hash.add(bytes);
  credit_ -= static_cast<std::int64_t>(*count);
  chunk_.done += static_cast<std::int64_t>(*count);
  if (chunk_.replica && *chunk_.replica != replica) chunk_.is_mixed = true;
  chunk_.replica = replica;
  fetch_.plan.came(replica, static_cast<std::int64_t>(*count));
  if (chunk_.done - chunk_.noted >= note_every_bytes && chunk_.done < chunk_.place.size) {
    WEIR_TRY_STATUS(fetch_.ledger.add_written(chunk_.number, chunk_.done));
    chunk_.noted = chunk_.done;
  }
  return true;
}

Result<Stream::Step> Stream::end_chunk(std::size_t replica) {
  const base::Digest digest = chunk_.hash.digest();
  std::int64_t& written = fetch_.written[static_cast<std::size_t>(chunk_.number)];
  written = 0;
  if (digest == fetch_.table.digest(chunk_.number)) {
    // Onto the disk from now on, so that little is left to be waited for at the end.
    ::sync_file_range(file_.get(), chunk_.place.offset, chunk_.place.size, SYNC_FILE_RANGE_WRITE);
    WEIR_TRY_STATUS(fetch_.ledger.add_verified(chunk_.number, digest));
    fetch_.plan.is_good(chunk_.number, chunk_.place.size);
    return Step::verified;
  }
  WEIR_TRY_STATUS(fetch_.ledger.add_written(chunk_.number, 0));
  // Of bytes from several places nobody can say whose are wrong: they come again, from one.
  if (!chunk_.is_mixed) fetch_.plan.is_bad(chunk_.number, replica, false);
  return Step::damaged;
}

bool Stream::earn() {
  if (fetch_.plan.has_failed()) return false;
  if (credit_ > 0) return true;
  std::optional<base::Time> begin;
  std::int64_t bytes = 0;
  {
    const std::scoped_lock lock(fetch_.pace_mutex);
    const base::Time now = wall_clock();
    bytes = fetch_.pace.step_bytes(now, buffer_bytes);
    begin = fetch_.pace.take(bytes, now);
  }
  if (!begin) {
    fetch_.plan.fail({base::ErrorCode::unavailable,
                      "the planned time is over and not all has come",
                      "fetching.pieces",
                      "order it again with time for the rest: what has come stays",
                      {}});
    return false;
  }
  credit_ = bytes;
  if (*begin - wall_clock() > long_wait) stream_.reset();
  for (base::Time now = wall_clock(); now < *begin; now = wall_clock()) {
    if (fetch_.plan.has_failed()) return false;
    fetch_.plan.waits_for_its_time();
    const base::Duration left = std::min(*begin - now, look_for_stop_every);
    std::this_thread::sleep_for(std::chrono::microseconds(left.count()));
  }
  return true;
}

}  // namespace weir::mover
