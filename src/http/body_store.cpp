#include "http/body_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace weir::http {

base::Status BodyStore::begin(std::uint64_t bytes_max, std::string path) {
  discard();
  bytes_max_ = bytes_max;
  if (path.empty()) return {};
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file_ < 0) return base::fail_errno("open " + path, errno);
  path_ = std::move(path);
  return {};
}

bool BodyStore::append(std::string_view piece) {
  if (piece.size() > bytes_max_ - bytes_) {
    over_ = true;
    return false;
  }
  bytes_ += piece.size();
  if (file_ < 0) {
    memory_ += piece;
    return true;
  }
  while (!piece.empty()) {
    const ssize_t written = ::write(file_, piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      error_ = base::fail_errno("write " + path_, errno).value();
      return false;
    }
    piece.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

base::Result<std::string> BodyStore::finish() {
  if (file_ >= 0 && ::close(std::exchange(file_, -1)) != 0) {
    return base::fail_errno("close " + path_, errno);
  }
  path_.clear();
  return std::move(memory_);
}

void BodyStore::discard() {
  if (file_ >= 0) ::close(std::exchange(file_, -1));
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
  memory_.clear();
  bytes_ = 0;
  over_ = false;
}

}  // namespace weir::http
