#include "gateway/log_reading.h"

#include <algorithm>

namespace weir::gateway {

std::vector<LogKey> LogChoice::logs_of(std::uint32_t of_task, std::uint32_t of_attempt,
                                       std::uint32_t ranks, const std::string& site) const {
  std::vector<LogKey> logs;
  if (!has(of_task, of_attempt)) return logs;
  for (std::uint32_t each = 0; each < ranks; ++each) {
    if (rank.value_or(each) != each) continue;
    for (const LogStream kind : {LogStream::setup, LogStream::program, LogStream::platform}) {
      if (stream.value_or(kind) == kind) logs.push_back({of_task, of_attempt, each, kind, site});
    }
  }
  return logs;
}

base::Result<backend::LogChunk> LogReader::bytes(const LogKey& log, std::int64_t offset,
                                                 std::size_t bytes_max) {
  const auto stream = log.stream == LogStream::setup     ? backend::Stream::setup
                      : log.stream == LogStream::program ? backend::Stream::program
                                                         : backend::Stream::platform;
  return core_.read_log(log.site, {job_, log.task, log.attempt}, log.rank, stream, offset,
                        bytes_max);
}

base::Result<LogEntry> LogReader::read(const LogKey& log, std::int64_t offset,
                                       std::size_t bytes_max, bool ended) {
  backend::LogChunk chunk = WEIR_TRY(bytes(log, offset, bytes_max));
  // A full piece was cut by us, so its last character may go on even where the log has ended.
  if (!ended || chunk.bytes.size() == bytes_max) {
    const std::size_t whole = whole_characters(chunk.bytes);
    if (whole > 0 || !ended) chunk.bytes.resize(whole);
  }
  LogEntry entry{std::string(base::enum_name(log.stream)),
                 log.task,
                 log.attempt,
                 log.rank,
                 offset,
                 offset + static_cast<std::int64_t>(chunk.bytes.size()),
                 std::move(chunk.bytes)};
  return entry;
}

// By doubling, then halving: a log says nothing of its size, and reading one byte is cheap.
base::Result<std::int64_t> LogReader::size(const LogKey& log) {
  std::int64_t beyond = 1;
  std::int64_t within = 0;  // there are at least so many bytes
  while (!WEIR_TRY(bytes(log, beyond - 1, 1)).bytes.empty()) {
    within = beyond;
    beyond *= 2;
  }
  while (within + 1 < beyond) {
    const std::int64_t middle = within + (beyond - within) / 2;
    if (WEIR_TRY(bytes(log, middle - 1, 1)).bytes.empty()) {
      beyond = middle;
    } else {
      within = middle;
    }
  }
  return within;
}

base::Result<std::int64_t> LogReader::tail(const LogKey& log, std::int64_t lines) {
  constexpr std::int64_t step = std::int64_t{64} << 10;
  const std::int64_t end = WEIR_TRY(size(log));
  if (lines == 0) return end;
  std::int64_t found = 0;
  // The line end that closes the last line begins no further line.
  for (std::int64_t to = end; to > 0;) {
    const std::int64_t from = std::max<std::int64_t>(0, to - step);
    const std::string piece = WEIR_TRY(bytes(log, from, static_cast<std::size_t>(to - from))).bytes;
    for (std::size_t at = piece.size(); at > 0; --at) {
      const std::int64_t place = from + static_cast<std::int64_t>(at);
      if (piece[at - 1] != '\n' || place == end) continue;
      if (++found == lines) return place;
    }
    to = from;
  }
  return 0;
}

std::size_t whole_characters(std::string_view bytes) {
  const std::size_t longest = std::min<std::size_t>(3, bytes.size());
  for (std::size_t back = 1; back <= longest; ++back) {
    const auto letter = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if (letter < 0x80) break;     // a character of one byte
    if (letter < 0xC0) continue;  // in the middle of one
    const std::size_t wanted = letter >= 0xF0 ? 4 : letter >= 0xE0 ? 3 : 2;
    return wanted > back ? bytes.size() - back : bytes.size();
  }
  return bytes.size();
}

}  // namespace weir::gateway
