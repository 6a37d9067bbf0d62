#include "backend/weir/far_logs.h"

#include <algorithm>
#include <utility>

namespace weir::backend::inner {
namespace {

// Bytes that are no UTF-8 come as U+FFFD, and offsets count the true ones: each stands for one.
std::string bytes_of(LogPiece piece) {
  const auto size =
      static_cast<std::size_t>(std::max<std::int64_t>(piece.next_offset - piece.offset, 0));
  if (piece.text.size() == size) return std::move(piece.text);
  constexpr std::string_view unknown = "\xEF\xBF\xBD";
  std::string bytes;
  bytes.reserve(size);
  for (std::size_t at = 0; at < piece.text.size();) {
    const bool is_unknown = piece.text.compare(at, unknown.size(), unknown) == 0;
    bytes += is_unknown ? '?' : piece.text[at];
    at += is_unknown ? unknown.size() : 1;
  }
  bytes.resize(size, '?');
  return bytes;
}

}  // namespace

base::Result<LogChunk> FarLogs::read(model::JobId job, Stream stream, std::int64_t offset,
                                     std::size_t bytes_max) {
  const std::lock_guard lock(mutex_);
  LogChunk chunk;
  chunk.next_offset = std::max<std::int64_t>(offset, 0);
  std::int64_t before = 0;
  if (stream != Stream::platform) {
    const Stage stage = stream == Stream::setup ? Stage::setup : Stage::program;
    const auto head = find_head(job, stage);
    if (!head) return base::fail(base::ErrorCode::input_output, head.error().message);
    if (!*head) return chunk;
    before = (*head)->size;
  }
  const auto bytes = bytes_at(job, stream, chunk.next_offset + before);
  if (!bytes) return base::fail(base::ErrorCode::input_output, bytes.error().message);
  chunk.bytes = bytes->substr(0, bytes_max);
  chunk.next_offset += static_cast<std::int64_t>(chunk.bytes.size());
  return chunk;
}

base::Result<std::optional<Head>> FarLogs::head(model::JobId job, Stage stage) {
  const std::lock_guard lock(mutex_);
  return find_head(job, stage);
}

void FarLogs::forget(model::JobId job) {
  const std::lock_guard lock(mutex_);
  for (const Stage stage : {Stage::setup, Stage::program}) heads_.erase({job, stage});
}

base::Result<std::optional<Head>> FarLogs::find_head(model::JobId job, Stage stage) {
  if (const auto known = heads_.find({job, stage}); known != heads_.end()) return known->second;
  const Stream stream = stage == Stage::setup ? Stream::setup : Stream::program;
  const std::string_view begin = WEIR_TRY(bytes_at(job, stream, 0));
  std::optional<Head> head = head_of(begin);
  if (head) heads_[{job, stage}] = *head;
  return head;
}

base::Result<std::string_view> FarLogs::bytes_at(model::JobId job, Stream stream,
                                                 std::int64_t offset) {
  const auto end = last_.offset + static_cast<std::int64_t>(last_.bytes.size());
  const bool is_here =
      last_.job == job && last_.stream == stream && offset >= last_.offset && offset < end;
  if (!is_here) {
    auto pieces = api_.log(job, name_of(stream), offset);
    if (!pieces && pieces.error().code != base::ErrorCode::not_found) {
      return base::fail(pieces.error());
    }
    last_ = {job, stream, offset, {}};
    if (pieces) {
      for (LogPiece& piece : *pieces) last_.bytes += bytes_of(std::move(piece));
    }
  }
  return std::string_view(last_.bytes).substr(static_cast<std::size_t>(offset - last_.offset));
}

}  // namespace weir::backend::inner
