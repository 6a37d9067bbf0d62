// The processes of this machine, as /proc lists them.
#pragma once

#include <sys/types.h>

#include <charconv>
#include <string>
#include <system_error>
#include <vector>

#include "backend/folder_names.h"

namespace weir::backend::local {

[[nodiscard]] inline std::vector<pid_t> all_pids() {
  std::vector<pid_t> pids;
  for (const std::string& name : names_in("/proc")) {
    pid_t pid = 0;
    const char* const end = name.data() + name.size();
    const auto [stopped_at, error] = std::from_chars(name.data(), end, pid);
    if (error == std::errc{} && stopped_at == end) pids.push_back(pid);
  }
  return pids;
}

}  // namespace weir::backend::local
