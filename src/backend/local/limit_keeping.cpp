#include "backend/local/limit_keeping.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "backend/local/runner/system.h"
#include "base/descriptor.h"

namespace weir::backend::local {
namespace {

constexpr const char* server_leaf = "/weir-server";

bool has_controllers(const std::string& folder) {
  std::istringstream words(read_small_file(folder + "/cgroup.controllers"));
  bool memory = false;
  bool cpu = false;
  for (std::string word; words >> word;) {
    memory = memory || word == "memory";
    cpu = cpu || word == "cpu";
  }
  return memory && cpu;
}

bool write_file(const std::string& path, const std::string& text) {
  const base::Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && write_all(file.get(), text);
}

LimitKeeping by_rlimit(const std::string& why) {
  return {{"rlimit", why + "; memory is limited for each process, cpus by affinity"}, ""};
}

}  // namespace

LimitKeeping find_limit_keeping(const std::string& cgroup_root, const std::string& own_group) {
  std::string group = own_group == "/" ? "" : own_group;
  if (group.ends_with(server_leaf)) group.resize(group.size() - std::strlen(server_leaf));
  const std::string base = cgroup_root + group;
  if (::access((base + "/cgroup.controllers").c_str(), R_OK) != 0) {
    return by_rlimit("no cgroup v2 at " + base);
  }
  if (!has_controllers(base)) {
    return by_rlimit("cgroup v2 at " + base + " has no memory and cpu controllers");
  }
  if (::access((base + "/cgroup.subtree_control").c_str(), W_OK) != 0) {
    return by_rlimit("cgroup v2 at " + base + " is not ours to write");
  }
  if (!group.empty()) {
    const std::string leaf = base + server_leaf;
    if ((::mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) ||
        !write_file(leaf + "/cgroup.procs", std::to_string(::getpid()))) {
      return by_rlimit("cannot move the server into " + leaf);
    }
  }
  const std::string parent = base + "/weir-ranks";
  if (!write_file(base + "/cgroup.subtree_control", "+memory +cpu")) {
    return by_rlimit("cannot hand controllers on from " + base);
  }
  if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) {
    return by_rlimit("cannot make cgroup " + parent);
  }
  if (!write_file(parent + "/cgroup.subtree_control", "+memory +cpu")) {
    return by_rlimit("cannot hand controllers on from " + parent);
  }
  return {{"cgroup-v2", "each rank has a cgroup in " + parent}, parent};
}

std::string own_control_group() {
  const std::string text = "\n" + read_small_file("/proc/self/cgroup");
  const std::size_t at = text.find("\n0::");
  if (at == std::string::npos) return "/";
  return text.substr(at + 4, text.find('\n', at + 4) - at - 4);
}

}  // namespace weir::backend::local
