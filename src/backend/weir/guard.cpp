#include "backend/weir/guard.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "backend/local/runner/system.h"
#include "backend/weir/notes.h"
#include "backend/weir/rank_text.h"
#include "base/descriptor.h"

namespace weir::backend::inner {
namespace {

// An agent that does not come back for so many fences is not waited for.
constexpr int fences_most = 10;
constexpr int looks = 8;  // in a fence

std::string lock_path(const std::string& folder) { return folder + "/guard"; }

// Held by the guard for as long as it is there. None: another has it.
base::Descriptor try_lock(const std::string& folder) {
  base::Descriptor lock(::open(lock_path(folder).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) lock.close();
  return lock;
}

// Cancels what is there. True once there is nothing.
bool end_all(InnerApi& api, const Notes& notes, const Naming& naming) {
  auto jobs = api.jobs(naming.jobs(), false);
  if (!jobs) return false;
  std::erase_if(*jobs, [&](const model::JobSummary& job) {
    return job.project != naming.project() || !naming.key_of(job.name);
  });
  for (const model::JobSummary& job : *jobs) {
    const std::string mark = notes.mark(*naming.key_of(job.name));
    const base::Descriptor left(::open(mark.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    static_cast<void>(api.cancel(job.id));
  }
  return jobs->empty();
}

}  // namespace

base::Status keep_guard(const std::string& program, const GuardOptions& options) {
  if (!try_lock(options.folder)) return {};
  std::vector<std::string> words{program,
                                 "agent-guard",
                                 options.folder,
                                 options.access.url,
                                 options.access.token_file,
                                 options.site,
                                 base::format_duration_exact(options.fence_after)};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  for (const int stream : {0, 1, 2}) {
    ::posix_spawn_file_actions_addopen(&files, stream, "/dev/null", O_RDWR, 0);
  }
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, program.c_str(), &files, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0) return base::fail_errno("start " + program, error);
  ::waitpid(pid, nullptr, 0);  // it has left a child behind by then
  return {};
}

void run_guard(const GuardOptions& options) {
  // Nobody's child and of no terminal: what ends the agent does not end it.
  if (::fork() != 0) return;
  ::setsid();
  const base::Descriptor lock = try_lock(options.folder);
  Notes notes(options.folder);
  if (!lock || !notes.create()) return;
  InnerApi api(options.access, [] { return false; });
  const Naming naming{options.site, notes.instance()};
  const auto look_every = std::chrono::microseconds(options.fence_after / looks);
  std::string renewed;
  for (auto since = std::chrono::steady_clock::now();;) {
    std::this_thread::sleep_for(std::clamp<std::chrono::microseconds>(
        look_every, std::chrono::milliseconds(50), std::chrono::seconds(1)));
    if (::access(lock_path(options.folder).c_str(), F_OK) != 0) return;  // the folder is gone
    const auto now = std::chrono::steady_clock::now();
    const std::string lease = local::read_small_file(notes.lease());
    if (lease != renewed) since = now;
    renewed = lease;
    if (now - since < options.fence_after) continue;
    if (end_all(api, notes, naming) && now - since > options.fence_after * fences_most) return;
  }
}

}  // namespace weir::backend::inner
