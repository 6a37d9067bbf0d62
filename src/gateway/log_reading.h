// Which logs a request asks for, and reading them in pieces that are text.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core.h"
#include "gateway/replies.h"
#include "model/view.h"

namespace weir::gateway {

// A log is one stream of one rank of one attempt. In this order logs are told.
enum class LogStream : std::uint8_t { setup, program, platform };
WEIR_DESCRIBE_ENUM(LogStream, setup, program, platform)

struct LogKey {
  std::uint32_t task = 0;
  std::uint32_t attempt = 0;
  std::uint32_t rank = 0;
  LogStream stream = LogStream::setup;
  std::string site = {};  // that keeps it

  friend auto operator<=>(const LogKey&, const LogKey&) = default;
};

struct LogChoice {
  std::optional<std::uint32_t> task;
  std::optional<std::uint32_t> attempt;
  std::optional<std::uint32_t> rank;
  std::optional<LogStream> stream;   // none: all three
  std::int64_t offset = 0;           // where to begin; only where one log is chosen
  std::optional<std::int64_t> tail;  // begin so many lines before the end

  [[nodiscard]] bool has(std::uint32_t of_task, std::uint32_t of_attempt) const {
    return task.value_or(of_task) == of_task && attempt.value_or(of_attempt) == of_attempt;
  }
  // The logs of an attempt of so many ranks that are chosen, in order.
  [[nodiscard]] std::vector<LogKey> logs_of(std::uint32_t of_task, std::uint32_t of_attempt,
                                            std::uint32_t ranks, const std::string& site) const;
};

class LogReader {
 public:
  LogReader(Core& core, model::JobId job) : core_(core), job_(job) {}

  // A piece of a log from `offset` on, at most `bytes_max`. A character that is not yet whole at
  // its end is left for the next piece, unless the log has ended.
  [[nodiscard]] base::Result<LogEntry> read(const LogKey& log, std::int64_t offset,
                                            std::size_t bytes_max, bool ended);
  // Where the last `lines` lines of a log begin.
  [[nodiscard]] base::Result<std::int64_t> tail(const LogKey& log, std::int64_t lines);

 private:
  [[nodiscard]] base::Result<backend::LogChunk> bytes(const LogKey& log, std::int64_t offset,
                                                      std::size_t bytes_max);
  [[nodiscard]] base::Result<std::int64_t> size(const LogKey& log);

  Core& core_;
  model::JobId job_;
};

// How much of `bytes` is whole characters: all of it, less a character cut off at the end. Bytes
// that are no UTF-8 anyway count as whole.
[[nodiscard]] std::size_t whole_characters(std::string_view bytes);

}  // namespace weir::gateway
