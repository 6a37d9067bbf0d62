#include "tests/e2e/crash_rounds/server.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "journal/data_folder.h"

namespace weir::e2e {

namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

// Starts a program whose output goes to `output`. Returns its pid, or fails.
base::Result<pid_t> spawn(const std::string& program, std::vector<std::string> words, int output) {
  words.insert(words.begin(), program);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  pid_t process = -1;
  const int error =
      ::posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return base::fail_errno("start " + program, error);
  return process;
}

int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  constexpr int signal_base = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
}

}  // namespace

Server::~Server() { kill(); }

base::Status Server::start() {
  const int log =
      ::open(places_.server_log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return base::fail_errno("open " + places_.server_log, errno);
  // More nodes than processors: they are shared, and gangs find room beside the others.
  auto process = spawn(
      places_.programs + "/weir",
      {"serve", "--quiet", "--port", "0", "--nodes", "12", "--data-folder", places_.data_folder},
      log);
  ::close(log);
  process_ = WEIR_TRY(std::move(process));
  return {};
}

base::Result<std::string> Server::await_address() const {
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < std::chrono::seconds(60)) {
    const auto holder = journal::data_folder_holder(places_.data_folder);
    // A file that is being written reads as nonsense for a moment.
    if (holder && *holder && (*holder)->pid == process_ && !(*holder)->address.empty()) {
      return (*holder)->address;
    }
    siginfo_t ended{};
    if (::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        ended.si_pid == process_) {
      return base::fail(ErrorCode::unavailable, "the server ended by itself with status " +
                                                    std::to_string(ended.si_status));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return base::fail(ErrorCode::unavailable, "the server does not come up");
}

bool Server::kill() {
  if (process_ < 0) return false;
  ::kill(process_, SIGKILL);
  constexpr int killed = 128 + SIGKILL;
  return reap() == killed;
}

int Server::stop() {
  ::kill(process_, SIGTERM);
  return reap();
}

int Server::reap() {
  const int code = wait_for(process_);
  process_ = -1;
  return code;
}

Said run_journal(const Places& places, const std::vector<std::string>& words) {
  Said said;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {127, "no pipe"};
  std::vector<std::string> all{"journal", "--data-folder", places.data_folder};
  all.insert(all.end(), words.begin(), words.end());
  const auto process = spawn(places.programs + "/weir", all, ends[1]);
  ::close(ends[1]);
  if (!process) {
    ::close(ends[0]);
    return {127, process.error().text()};
  }
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(ends[0], buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    said.text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  said.code = wait_for(*process);
  return said;
}

std::vector<pid_t> job_processes(const std::string& data_folder) {
  std::vector<pid_t> found;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc", gone)) {
    const std::string name = entry.path().filename().string();
    pid_t process = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    std::ifstream file(entry.path() / "environ", std::ios::binary);
    const std::string environment{std::istreambuf_iterator<char>(file), {}};
    if (environment.find("WEIR_RUN_FOLDER=" + data_folder + "/") != std::string::npos) {
      found.push_back(process);
    }
  }
  return found;
}

}  // namespace weir::e2e
