#include "backend/local/input_links.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/descriptor.h"

namespace weir::backend::local {
namespace {

// Goes down one, and makes it where it is not there; errno says why not.
bool enter(base::Descriptor& folder, const std::string& name) {
  if (::mkdirat(folder.get(), name.c_str(), 0700) != 0 && errno != EEXIST) return false;
  base::Descriptor next(
      ::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!next) return false;
  folder = std::move(next);
  return true;
}

base::Status link_input(const std::string& folder, const std::string& at,
                        const std::string& target) {
  struct ::stat there{};
  if (::stat(target.c_str(), &there) != 0) {
    return base::fail(base::ErrorCode::not_found,
                      "input `" + at + "`: there is nothing at " + target);
  }
  base::Descriptor at_folder(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!at_folder) return base::fail_errno("open folder " + folder, errno);
  std::string_view rest = at;
  std::string name;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string part(rest.substr(0, slash));
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      return base::fail(base::ErrorCode::invalid, "input `" + at + "` leaves the job's folder");
    }
    if (!name.empty() && !enter(at_folder, name)) {
      return base::fail(base::ErrorCode::conflict,
                        "input `" + at + "`: `" + name + "` on the way to it is no folder");
    }
    name = part;
  }
  if (name.empty()) {
    return base::fail(base::ErrorCode::invalid, "input `" + at + "` names no place");
  }
  if (::symlinkat(target.c_str(), at_folder.get(), name.c_str()) == 0) return {};
  if (errno == EEXIST) {
    return base::fail(base::ErrorCode::conflict,
                      "input `" + at + "`: the job's own folder has something there already");
  }
  return base::fail_errno("link " + at, errno);
}

}  // namespace

base::Status link_inputs(const std::string& folder,
                         const std::map<std::string, std::string>& inputs) {
  for (const auto& [at, target] : inputs) WEIR_TRY_STATUS(link_input(folder, at, target));
  return {};
}

}  // namespace weir::backend::local
