#include "app/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace weir::app {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] bool good() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

}  // namespace

base::Result<std::string> read_private_file(const std::string& path, std::size_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.good()) {
    if (errno == ENOENT) return base::fail(base::ErrorCode::not_found, path + " is not there");
    return base::fail_errno("open " + path, errno);
  }
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return base::fail_errno("stat " + path, errno);
  if ((status.st_mode & 077U) != 0) {
    return base::fail(base::ErrorCode::refused, path + " can be read by others than its owner", "",
                      "chmod 600 " + path);
  }
  std::string content(bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail_errno("read " + path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > bytes_max) {
    return base::fail(base::ErrorCode::too_large, path + " is larger than it should be");
  }
  content.resize(size);
  return content;
}

base::Status write_private_file(const std::string& path, std::string_view content) {
  const std::string fresh = path + ".new";
  {
    const Descriptor file(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.good()) return base::fail_errno("open " + fresh, errno);
    while (!content.empty()) {
      const ssize_t put = ::write(file.get(), content.data(), content.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return base::fail_errno("write " + fresh, errno);
      content.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(file.get()) != 0) return base::fail_errno("fsync " + fresh, errno);
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return base::fail_errno("rename " + fresh, errno);
  return {};
}

}  // namespace weir::app
