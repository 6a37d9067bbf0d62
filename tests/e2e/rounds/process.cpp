#include "tests/e2e/rounds/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace weir::e2e {

namespace {

namespace fs = std::filesystem;

// Starts a program whose output goes to `output`. Returns its pid, or fails.
base::Result<pid_t> spawn(const std::string& program, std::vector<std::string> words,
                          std::vector<std::string> variables, int output) {
  words.insert(words.begin(), program);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  pid_t process = -1;
  const int error = ::posix_spawnp(&process, program.c_str(), &actions, nullptr, arguments.data(),
                                   environment.data());
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

base::Status Process::start(const std::string& program, const std::vector<std::string>& words,
                            const std::string& output) {
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return base::fail_errno("open " + output, errno);
  auto process = spawn(program, words, {}, file);
  ::close(file);
  id_ = WEIR_TRY(std::move(process));
  return {};
}

bool Process::has_ended() const {
  siginfo_t ended{};
  return id_ >= 0 &&
         ::waitid(P_PID, static_cast<id_t>(id_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == id_;
}

void Process::signal(int number) const {
  if (id_ >= 0) ::kill(id_, number);
}

bool Process::kill() {
  if (id_ < 0) return false;
  ::kill(id_, SIGKILL);
  constexpr int killed = 128 + SIGKILL;
  return reap() == killed;
}

int Process::stop() {
  ::kill(id_, SIGTERM);
  return reap();
}

int Process::reap() {
  const int code = wait_for(id_);
  id_ = -1;
  return code;
}

Said run_program(const std::string& program, const std::vector<std::string>& words,
                 const std::vector<std::string>& variables) {
  Said said;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {127, "no pipe"};
  const auto process = spawn(program, words, variables, ends[1]);
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

std::vector<pid_t> job_processes(const std::string& folder) {
  std::vector<pid_t> found;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc", gone)) {
    const std::string name = entry.path().filename().string();
    pid_t process = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    std::ifstream file(entry.path() / "environ", std::ios::binary);
    const std::string environment{std::istreambuf_iterator<char>(file), {}};
    if (environment.find("WEIR_RUN_FOLDER=" + folder + "/") != std::string::npos) {
      found.push_back(process);
    }
  }
  return found;
}

}  // namespace weir::e2e
