// Reads a rank's log as its runner wrote it.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>

#include "backend/backend.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace weir::backend::local {

// As Backend::read_log.
[[nodiscard]] inline base::Result<LogChunk> read_log_file(const std::string& path,
                                                          std::int64_t offset,
                                                          std::size_t bytes_max) {
  LogChunk chunk;
  chunk.next_offset = std::max<std::int64_t>(offset, 0);
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file && errno == ENOENT) return chunk;
  if (!file) return base::fail_errno("open " + path, errno);
  chunk.bytes.resize(bytes_max);
  const ssize_t count = ::pread(file.get(), chunk.bytes.data(), bytes_max, chunk.next_offset);
  if (count < 0) return base::fail_errno("read " + path, errno);
  chunk.bytes.resize(static_cast<std::size_t>(count));
  chunk.next_offset += count;
  return chunk;
}

}  // namespace weir::backend::local
