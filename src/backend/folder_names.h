// The names in a folder, read once: what is done with them may change the folder.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"

namespace weir::backend {

// Reads the names in the open `folder`, but for "." and "..".
// Returns 0, or the errno of what failed.
[[nodiscard]] inline int read_names(const base::Descriptor& folder,
                                    std::vector<std::string>& names) {
  const int copy = ::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0);  // closed with the listing
  if (copy < 0) return errno;
  DIR* const listing = ::fdopendir(copy);
  if (listing == nullptr) {
    const int error = errno;
    ::close(copy);
    return error;
  }
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(listing);  // NOLINT(concurrency-mt-unsafe): own stream
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  const int error = errno;
  ::closedir(listing);
  return error;
}

[[nodiscard]] inline int read_names(const std::string& folder, std::vector<std::string>& names) {
  const base::Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened ? read_names(opened, names) : errno;
}

// None where the folder cannot be read.
[[nodiscard]] inline std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  if (read_names(folder, names) != 0) names.clear();
  return names;
}

}  // namespace weir::backend
