#include "journal/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace weir::journal {

using base::fail_errno;
using base::Result;
using base::Status;

namespace {

constexpr mode_t owner_only = 0600;
// Linux writes at most this much at once; smaller pieces cost nothing.
constexpr std::size_t piece_bytes = std::size_t{1} << 30U;

Status write_unfinished(const std::string& path, std::initializer_list<std::string_view> parts) {
  File file = WEIR_TRY(File::open(path, O_WRONLY | O_CREAT | O_TRUNC));
  for (const std::string_view part : parts) WEIR_TRY_STATUS(file.write(part));
  return file.sync();
}

}  // namespace

Result<File> File::open(const std::string& path, int flags) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): open(2) is what there is
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, owner_only);
  if (descriptor < 0) return fail_errno("open " + path, errno);
  return File(descriptor);
}

Status File::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::write(descriptor(), bytes.data(), std::min(bytes.size(), piece_bytes));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno("write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::string> File::read_all() const {
  struct stat status = {};
  if (::fstat(descriptor(), &status) != 0) return fail_errno("stat", errno);
  std::string bytes(static_cast<std::size_t>(std::max<off_t>(status.st_size, 0)), '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t count =
        ::pread(descriptor(), bytes.data() + got, std::min(bytes.size() - got, piece_bytes),
                static_cast<off_t>(got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("read", errno);
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  bytes.resize(got);
  return bytes;
}

Status File::sync() {
  if (::fsync(descriptor()) != 0) return fail_errno("fsync", errno);
  return {};
}

Status sync_folder(const std::string& folder) {
  File file = WEIR_TRY(File::open(folder, O_RDONLY | O_DIRECTORY));
  return file.sync();
}

Status replace_file(const std::string& folder, const std::string& name,
                    std::initializer_list<std::string_view> parts) {
  const std::string path = folder + "/" + name;
  const std::string unfinished = path + std::string(unfinished_suffix);
  Status done = write_unfinished(unfinished, parts);
  if (done && std::rename(unfinished.c_str(), path.c_str()) != 0) {
    done = fail_errno("rename " + unfinished, errno);
  }
  if (!done) {
    ::unlink(unfinished.c_str());
    base::Error error = std::move(done).error();
    error.message = "write " + path + ": " + error.message;
    return base::fail(std::move(error));
  }
  return sync_folder(folder);
}

}  // namespace weir::journal
