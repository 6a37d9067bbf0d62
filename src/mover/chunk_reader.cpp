#include "mover/chunk_reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "mover/file.h"

namespace weir::mover {

using base::fail;
using base::Result;

namespace {

// What changes whenever somebody writes to a file.
bool is_as_it_was(const struct stat& before, const struct stat& after) {
  return before.st_size == after.st_size && before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
         before.st_mtim.tv_nsec == after.st_mtim.tv_nsec;
}

}  // namespace

tl::unexpected<base::Error> fail_stopped() {
  return fail(base::ErrorCode::unavailable, "stopped before it was done");
}

Result<ManifestFile> read_in_chunks(int file, const std::string& path, std::int64_t chunk_bytes,
                                    const Piece& piece, const std::stop_token& stop) {
  struct stat before = {};
  if (::fstat(file, &before) != 0) return base::fail_errno("look at " + path, errno);
  ManifestFile read;
  read.path = path;
  base::Sha256 hash;
  std::string buffer(piece_bytes, '\0');
  std::int64_t in_chunk = 0;
  for (;;) {
    if (stop.stop_requested()) return fail_stopped();
    const auto wanted = std::min(static_cast<std::int64_t>(piece_bytes), chunk_bytes - in_chunk);
    const std::size_t count = WEIR_TRY(
        read_at(file, std::span(buffer).first(static_cast<std::size_t>(wanted)), read.size_bytes));
    const std::string_view bytes = std::string_view(buffer).substr(0, count);
    hash.add(bytes);
    in_chunk += static_cast<std::int64_t>(count);
    read.size_bytes += static_cast<std::int64_t>(count);
    WEIR_TRY_STATUS(piece(bytes, read.size_bytes));
    const bool at_end = count < static_cast<std::size_t>(wanted);
    if (in_chunk == chunk_bytes || (at_end && in_chunk > 0)) {
      read.chunks.push_back(hash.digest());
      in_chunk = 0;
    }
    if (at_end) break;
  }
  struct stat after = {};
  if (::fstat(file, &after) != 0) return base::fail_errno("look at " + path, errno);
  if (!is_as_it_was(before, after) || after.st_size != read.size_bytes) {
    return fail(base::ErrorCode::conflict, path + " changed while it was read", {},
                "try again when nobody writes to it");
  }
  return read;
}

Result<base::Digest> digest_at(int file, std::int64_t offset, std::int64_t size,
                               const std::stop_token& stop) {
  thread_local std::string buffer(piece_bytes, '\0');
  base::Sha256 hash;
  for (std::int64_t done = 0; done < size;) {
    if (stop.stop_requested()) return fail_stopped();
    const auto wanted =
        static_cast<std::size_t>(std::min(static_cast<std::int64_t>(piece_bytes), size - done));
    const std::size_t count =
        WEIR_TRY(read_at(file, std::span(buffer).first(wanted), offset + done));
    hash.add(std::string_view(buffer).substr(0, count));
    done += static_cast<std::int64_t>(count);
    if (count < wanted) break;
  }
  return hash.digest();
}

}  // namespace weir::mover
