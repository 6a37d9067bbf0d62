#include "backend/local/spares.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

namespace weir::backend::local {
namespace {

constexpr std::size_t kept_max = 256;

bool is_empty(DIR* listing) {
  while (const dirent* entry = ::readdir(listing)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return false;
  }
  return true;
}

bool is_as_new(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return false;
  DIR* listing = ::fdopendir(folder);
  if (listing == nullptr) {
    ::close(folder);
    return false;
  }
  struct stat about{};
  const bool is_ours = ::fstat(folder, &about) == 0 && (about.st_mode & 07777) == 0700 &&
                       about.st_uid == ::geteuid() && ::flistxattr(folder, nullptr, 0) <= 0;
  const bool is_good = is_ours && is_empty(listing);
  ::closedir(listing);
  return is_good;
}

}  // namespace

void Spares::find() {
  DIR* listing = ::opendir(folder_.c_str());
  if (listing == nullptr) return;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    const std::string path = folder_ + "/" + std::string(name);
    if (is_as_new(path)) {
      folders_.push_back(path);
    } else {
      ::unlink(path.c_str());
    }
  }
  ::closedir(listing);
}

bool Spares::take(std::vector<std::string>& kept, const std::string& path) {
  if (kept.empty()) return false;
  const std::string spare = std::move(kept.back());
  kept.pop_back();
  return ::rename(spare.c_str(), path.c_str()) == 0;
}

bool Spares::give_folder(const std::string& path) {
  std::string spare;
  if (folders_.size() >= kept_max || !is_as_new(path) || !move_here(path, spare)) return false;
  folders_.push_back(spare);
  return true;
}

bool Spares::give_record(const std::string& path) {
  std::string spare;
  if (records_.size() >= kept_max || !move_here(path, spare)) return false;
  // Emptied only here: under its own name, an empty record would be one that nobody claimed.
  if (::truncate(spare.c_str(), 0) != 0) {
    ::unlink(spare.c_str());
  } else {
    records_.push_back(spare);
  }
  return true;
}

bool Spares::move_here(const std::string& path, std::string& spare) {
  spare = folder_ + "/" + std::to_string(::getpid()) + "." + std::to_string(given_++);
  return ::rename(path.c_str(), spare.c_str()) == 0;
}

}  // namespace weir::backend::local
