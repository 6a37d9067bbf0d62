#include "backend/local/layout.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "backend/local/descriptor.h"

namespace weir::backend::local {
namespace {

constexpr int depth_max = 512;

// Removes all that is in the folder `parent`/`name`. Returns 0, or the errno of what failed.
int empty_folder(int parent, const char* name, int depth) {
  if (depth > depth_max) return ELOOP;
  constexpr int how = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int folder = ::openat(parent, name, how);
  if (folder < 0 && errno == EACCES) {
    if (::fchmodat(parent, name, 0700, 0) != 0) return errno;
    folder = ::openat(parent, name, how);
  }
  if (folder < 0) return errno;
  struct stat about{};
  if (::fstat(folder, &about) == 0 && (about.st_mode & 0700) != 0700 &&
      ::fchmod(folder, 0700) != 0) {
    const int error = errno;
    ::close(folder);
    return error;
  }
  DIR* listing = ::fdopendir(folder);
  if (listing == nullptr) {
    const int error = errno;
    ::close(folder);
    return error;
  }
  int failed = 0;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string_view child = entry->d_name;
    if (child == "." || child == "..") continue;
    int error = 0;
    if (::unlinkat(folder, entry->d_name, 0) != 0) error = errno;
    if (error == EISDIR || error == EPERM) {
      error = empty_folder(folder, entry->d_name, depth + 1);
      if (error == 0 && ::unlinkat(folder, entry->d_name, AT_REMOVEDIR) != 0) error = errno;
    }
    if (error != 0 && error != ENOENT) failed = error;
  }
  ::closedir(listing);
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

}  // namespace weir::backend::local
