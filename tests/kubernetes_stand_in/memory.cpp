#include "tests/kubernetes_stand_in/memory.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <string>
#include <vector>

namespace weir::kubernetes_stand_in {
namespace {

std::vector<pid_t> tree_of(pid_t leader) {
  std::vector<pid_t> tree = {leader};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const std::string pid = std::to_string(tree[i]);
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    for (pid_t child = 0; children >> child;) tree.push_back(child);
  }
  return tree;
}

std::int64_t held_by(pid_t process) {
  std::ifstream amounts("/proc/" + std::to_string(process) + "/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  amounts >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

std::int64_t resident_bytes(pid_t leader) {
  std::int64_t sum = 0;
  for (const pid_t process : tree_of(leader)) sum += held_by(process);
  return sum;
}

void kill_largest(pid_t leader) {
  const std::vector<pid_t> tree = tree_of(leader);
  const auto largest = std::ranges::max_element(tree, {}, held_by);
  if (largest != tree.end()) ::kill(*largest, SIGKILL);
}

}  // namespace weir::kubernetes_stand_in
