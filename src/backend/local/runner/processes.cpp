#include "backend/local/runner/processes.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "backend/local/runner/pids.h"
#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
};

// The parent's pid from /proc/PID/stat: "pid (any name) state parent ...". 0 where unreadable.
pid_t parent_of(pid_t pid) {
  const std::string text = read_small_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 4 >= text.size()) return 0;
  pid_t parent = 0;
  std::from_chars(text.data() + name_end + 4, text.data() + text.size(), parent);
  return parent;
}

std::vector<Process> all_processes() {
  std::vector<Process> found;
  for (const pid_t pid : all_pids()) {
    if (const pid_t parent = parent_of(pid); parent != 0) found.push_back({pid, parent});
  }
  return found;
}

}  // namespace

std::vector<pid_t> children_of_this_process() {
  std::vector<pid_t> children;
  const pid_t self = ::getpid();
  // One small file where the kernel has it (CONFIG_PROC_CHILDREN); else every process is asked.
  const std::string path = "/proc/self/task/" + std::to_string(self) + "/children";
  if (::access(path.c_str(), R_OK) == 0) {
    const std::string text = read_small_file(path);
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    while (at < end) {
      pid_t pid = 0;
      const auto [next, error] = std::from_chars(at, end, pid);
      if (error == std::errc{}) children.push_back(pid);
      at = next + 1;
    }
    return children;
  }
  for (const Process& process : all_processes()) {
    if (process.parent == self) children.push_back(process.pid);
  }
  return children;
}

std::vector<Descendant> descendants_of_this_process() {
  std::vector<Process> processes = all_processes();
  std::sort(processes.begin(), processes.end(),
            [](const Process& a, const Process& b) { return a.parent < b.parent; });
  std::vector<Descendant> found;
  const auto add_children_of = [&](pid_t parent) {
    const auto by_parent = [](const Process& a, const Process& b) { return a.parent < b.parent; };
    const auto [first, last] =
        std::equal_range(processes.begin(), processes.end(), Process{0, parent}, by_parent);
    for (auto child = first; child != last; ++child) found.push_back({child->pid, false});
    return first != last;
  };
  add_children_of(::getpid());
  for (std::size_t i = 0; i < found.size() && i < processes.size(); ++i) {
    const bool has_children = add_children_of(found[i].pid);
    found[i].has_children = has_children;
  }
  return found;
}

bool catches_signal(pid_t pid, int signal) {
  const std::string text = read_small_file("/proc/" + std::to_string(pid) + "/status");
  const std::size_t at = text.find("\nSigCgt:\t");
  if (at == std::string::npos || signal < 1 || signal > 64) return false;
  const std::uint64_t caught = std::strtoull(text.c_str() + at + 9, nullptr, 16);
  return (caught >> static_cast<unsigned>(signal - 1) & 1U) != 0;
}

}  // namespace weir::backend::local
