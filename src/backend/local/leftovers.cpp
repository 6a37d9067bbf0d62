#include "backend/local/leftovers.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "backend/local/runner/pids.h"
#include "backend/local/runner/system.h"
#include "base/descriptor.h"

namespace weir::backend::local {
namespace {

constexpr int rounds_max = 200;
constexpr auto round_pause = std::chrono::milliseconds(10);

bool belongs_to(const std::string& process, const std::string& work_folder) {
  const std::string environment = std::string(1, '\0') + read_small_file(process + "/environ");
  const std::string mark =
      std::string(1, '\0') + run_folder_variable + "=" + work_folder + std::string(1, '\0');
  if (environment.find(mark) != std::string::npos) return true;
  std::string here(4096, '\0');
  const ssize_t size = ::readlink((process + "/cwd").c_str(), here.data(), here.size());
  if (size <= 0) return false;
  here.resize(static_cast<std::size_t>(size));
  return here == work_folder || here.starts_with(work_folder + "/");
}

// Kills each process that belongs to the rank once it is sure to be still the one looked at.
void kill_round(const std::string& work_folder, std::set<pid_t>& found) {
  for (const pid_t pid : all_pids()) {
    if (pid == ::getpid()) continue;
    const std::string process = "/proc/" + std::to_string(pid);
    if (!belongs_to(process, work_folder)) continue;
    const base::Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!handle || !belongs_to(process, work_folder)) continue;
    ::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0);
    found.insert(pid);
  }
}

}  // namespace

int end_leftovers(const std::string& work_folder) {
  std::set<pid_t> killed;
  for (int round = 0; round < rounds_max; ++round) {
    std::set<pid_t> found;
    kill_round(work_folder, found);
    if (found.empty()) return static_cast<int>(killed.size());
    killed.insert(found.begin(), found.end());
    std::this_thread::sleep_for(round_pause);
  }
  return -1;
}

}  // namespace weir::backend::local
