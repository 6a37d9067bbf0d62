// Whether a symbolic link stays within the work folder it is in.
#pragma once

#include <string_view>

namespace weir::backend::workdir {

// By words alone: a relative target that, from the link's own folder, never climbs above the top.
// `link_path` is relative to the work folder. Links on the way are not followed.
[[nodiscard]] inline bool stays_within(std::string_view link_path, std::string_view target) {
  if (target.empty() || target.front() == '/') return false;
  int depth = 0;
  for (const char c : link_path) depth += c == '/' ? 1 : 0;
  while (!target.empty()) {
    const std::size_t slash = target.find('/');
    const std::string_view part = target.substr(0, slash);
    if (part == "..") {
      if (--depth < 0) return false;
    } else if (!part.empty() && part != ".") {
      ++depth;
    }
    target.remove_prefix(slash == std::string_view::npos ? target.size() : slash + 1);
  }
  return true;
}

}  // namespace weir::backend::workdir
