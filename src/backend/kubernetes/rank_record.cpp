#include "backend/kubernetes/rank_record.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "backend/kubernetes/access.h"
#include "base/descriptor.h"
#include "base/json.h"

namespace weir::backend::kubernetes {
namespace {

std::string cursor_path(const local::Layout& layout, const RankKey& key) {
  return layout.record(key) + ".log";
}

base::Status write_at(int file, std::string_view text, std::int64_t offset,
                      const std::string& path) {
  while (!text.empty()) {
    const ssize_t count = ::pwrite(file, text.data(), text.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno("write " + path, errno);
    text.remove_prefix(static_cast<std::size_t>(count));
    offset += count;
  }
  return {};
}

base::Status replace_file(const std::string& path, const std::string& text, bool is_durable) {
  const std::string fresh = path + ".new";
  const base::Descriptor file(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return base::fail_errno("open " + fresh, errno);
  WEIR_TRY_STATUS(write_at(file.get(), text, 0, fresh));
  if (is_durable && ::fdatasync(file.get()) != 0) return base::fail_errno("sync " + fresh, errno);
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    return base::fail_errno("rename " + fresh, errno);
  }
  if (!is_durable) return {};
  const std::string folder = path.substr(0, path.rfind('/'));
  const base::Descriptor names(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!names || ::fsync(names.get()) != 0) return base::fail_errno("sync " + folder, errno);
  return {};
}

base::Status write_piece(const std::string& path, const std::string& text, std::int64_t offset) {
  if (text.empty()) return {};
  const base::Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return base::fail_errno("open " + path, errno);
  return write_at(file.get(), text, offset, path);
}

}  // namespace

RankRecord record_of(const RankOrder& order) {
  RankRecord record;
  record.node = order.node;
  record.time_limit = order.time_limit;
  record.kill_grace = order.kill_grace;
  record.notice_before = order.notice_before;
  record.takes_notice = order.notice_signal != 0;
  record.log_bytes_max = order.log_bytes_max;
  record.has_setup = !order.setup.empty();
  record.has_secrets = !order.secrets.empty();
  return record;
}

EndRecord end_record_of(const RankOutcome& outcome) {
  return {static_cast<std::int32_t>(outcome.end),
          static_cast<std::int32_t>(outcome.stage),
          outcome.exit_code,
          outcome.signal,
          outcome.out_of_memory,
          outcome.usage.wall_us,
          outcome.started_us,
          outcome.ended_us,
          outcome.message};
}

RankOutcome outcome_of(const EndRecord& end) {
  RankOutcome outcome;
  outcome.end = static_cast<RankOutcome::End>(std::clamp(end.end, 0, 5));
  outcome.stage = end.stage == 0 ? Stage::setup : Stage::program;
  outcome.exit_code = end.exit_code;
  outcome.signal = end.signal;
  outcome.out_of_memory = end.out_of_memory;
  outcome.usage.wall_us = end.wall_us;
  outcome.started_us = end.started_us;
  outcome.ended_us = end.ended_us;
  outcome.message = end.message;
  return outcome;
}

base::Status write_record(const local::Layout& layout, const RankKey& key,
                          const RankRecord& record) {
  return replace_file(layout.record(key), base::to_json(record), true);
}

base::Result<std::optional<RankRecord>> read_record(const local::Layout& layout,
                                                    const RankKey& key) {
  const auto text = read_text_file(layout.record(key));
  if (!text && text.error().code == base::ErrorCode::not_found) return std::nullopt;
  if (!text) return base::fail(text.error());
  return WEIR_TRY(base::from_json<RankRecord>(*text));
}

void remove_record(const local::Layout& layout, const RankKey& key) {
  ::unlink(cursor_path(layout, key).c_str());
  ::unlink(layout.record(key).c_str());
}

base::Status write_log(const local::Layout& layout, const RankKey& key, const LogPieces& pieces,
                       const LogCursor& before, const LogCursor& after) {
  if (before == after) return {};
  const std::string prefix = layout.log_prefix(key);
  const std::string folder = prefix.substr(0, prefix.rfind('/'));
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::fail_errno("make folder " + folder, errno);
  }
  const auto piece = [&](Stream stream, std::int64_t offset) {
    return write_piece(layout.log(key, stream), pieces[static_cast<std::size_t>(stream)], offset);
  };
  WEIR_TRY_STATUS(piece(Stream::setup, before.setup_bytes));
  WEIR_TRY_STATUS(piece(Stream::platform, before.platform_bytes));
  WEIR_TRY_STATUS(piece(Stream::program, before.program_bytes));
  return replace_file(cursor_path(layout, key), base::to_json(after), false);
}

LogCursor read_cursor(const local::Layout& layout, const RankKey& key) {
  const auto text = read_text_file(cursor_path(layout, key));
  if (!text) return {};
  auto cursor = base::from_json<LogCursor>(*text);
  return cursor ? *std::move(cursor) : LogCursor();
}

}  // namespace weir::backend::kubernetes
