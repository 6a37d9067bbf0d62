#include "backend/local/spares.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdio>

#include "backend/folder_names.h"
#include "backend/local/runner/record_form.h"
#include "base/descriptor.h"

namespace weir::backend::local {
namespace {

constexpr std::size_t kept_max = 256;

bool is_as_new(const std::string& path) {
  const base::Descriptor folder(
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat about{};
  std::vector<std::string> names;
  return folder && ::fstat(folder.get(), &about) == 0 && (about.st_mode & 07777) == 0700 &&
         about.st_uid == ::geteuid() && ::flistxattr(folder.get(), nullptr, 0) <= 0 &&
         read_names(folder, names) == 0 && names.empty();
}

}  // namespace

void Spares::find() {
  for (const std::string& name : names_in(folder_)) {
    const std::string path = folder_ + "/" + name;
    if (is_as_new(path)) {
      folders_.push_back(path);
    } else {
      ::unlink(path.c_str());
    }
  }
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
  // Only here: under its own name, a record without a claim would be one that nobody claimed.
  if (::truncate(spare.c_str(), head_bytes) != 0) {
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
