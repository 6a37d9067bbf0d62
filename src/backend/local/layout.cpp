#include "backend/local/layout.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "backend/folder_names.h"
#include "backend/local/runner/system.h"
#include "base/descriptor.h"

namespace weir::backend::local {
namespace {

constexpr int depth_max = 512;

// Removes all that is in the folder `parent`/`name`. Returns 0, or the errno of what failed.
int empty_folder(int parent, const char* name, int depth) {
  if (depth > depth_max) return ELOOP;
  constexpr int how = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  base::Descriptor folder(::openat(parent, name, how));
  if (!folder && errno == EACCES) {
    if (::fchmodat(parent, name, 0700, 0) != 0) return errno;
    folder = base::Descriptor(::openat(parent, name, how));
  }
  if (!folder) return errno;
  struct stat about{};
  if (::fstat(folder.get(), &about) == 0 && (about.st_mode & 0700) != 0700 &&
      ::fchmod(folder.get(), 0700) != 0) {
    return errno;
  }
  std::vector<std::string> children;
  if (const int error = read_names(folder, children); error != 0) return error;
  int failed = 0;
  for (const std::string& child : children) {
    int error = ::unlinkat(folder.get(), child.c_str(), 0) != 0 ? errno : 0;
    if (error == EISDIR || error == EPERM) {
      error = empty_folder(folder.get(), child.c_str(), depth + 1);
      if (error == 0 && ::unlinkat(folder.get(), child.c_str(), AT_REMOVEDIR) != 0) error = errno;
    }
    if (error != 0 && error != ENOENT) failed = error;
  }
  return failed;
}

}  // namespace

base::Status Layout::create() const {
  for (const std::string& folder :
       {root_, records(), work(), root_ + "/logs", root_ + "/forgotten", spare(), trash()}) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
      return base::fail_errno("make folder " + folder, errno);
    }
  }
  return {};
}

std::string Layout::record(const RankKey& key) const { return records() + "/" + to_text(key); }
std::string Layout::work(const RankKey& key) const { return work() + "/" + to_text(key); }
std::string Layout::forgotten(const RankKey& key) const {
  return root_ + "/forgotten/" + std::to_string(key.job / 256);
}
std::string Layout::log_prefix(const RankKey& key) const {
  return root_ + "/logs/" + std::to_string(key.job) + "/" + std::to_string(key.task) + "." +
         std::to_string(key.attempt) + "." + std::to_string(key.rank) + ".";
}
std::string Layout::log(const RankKey& key, Stream stream) const {
  return log_prefix(key) + name_of(stream) + ".log";
}

base::Status remove_tree(const std::string& folder) {
  if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) return {};
  const int error = empty_folder(AT_FDCWD, folder.c_str(), 0);
  if (error != 0 && error != ENOENT) return base::fail_errno("empty folder " + folder, error);
  if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) return {};
  return base::fail_errno("remove folder " + folder, errno);
}

base::Status renew_lease(const std::string& path) {
  const std::string fresh = path + ".new";
  {
    const base::Descriptor file(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) return base::fail_errno("open " + fresh, errno);
    const std::string text = std::to_string(wall_clock_us()) + "\n";
    if (::write(file.get(), text.data(), text.size()) != std::ssize(text)) {
      return base::fail_errno("write " + fresh, errno);
    }
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return base::fail_errno("rename " + fresh, errno);
  return {};
}

}  // namespace weir::backend::local
