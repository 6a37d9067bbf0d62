#include "mover/spawn.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace weir::mover {

using base::Result;

namespace {

constexpr std::array<const char*, 12> passed_on{
    "PATH",       "HOME",        "TMPDIR",   "HTTP_PROXY", "HTTPS_PROXY",   "NO_PROXY",
    "http_proxy", "https_proxy", "no_proxy", "LANG",       "SSL_CERT_FILE", "SSL_CERT_DIR"};

}  // namespace

Variables passed_on_environment() {
  Variables variables;
  for (const char* name : passed_on) {
    if (const char* value = std::getenv(name)) variables[name] = value;
  }
  return variables;
}

Result<pid_t> start_process(const std::vector<std::string>& words, const Variables& variables,
                            const Streams& streams, bool with_us) {
  std::vector<std::string> lines;
  lines.reserve(variables.size());
  for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& line : lines) environment.push_back(line.data());
  environment.push_back(nullptr);
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t us = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return base::fail_errno("start " + words.front(), errno);
  if (pid > 0) return pid;
  // Only what is safe after a fork of several threads, from here on.
  if (with_us) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != us) ::_exit(exit_not_started);
  ::dup2(streams.input, 0);
  ::dup2(streams.output, 1);
  ::dup2(streams.errors, 2);
  ::close_range(3, ~0U, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::execvpe(arguments.front(), arguments.data(), environment.data());
  ::_exit(exit_not_started);
}

int wait_for_end(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace weir::mover
