#include "mover/rclone.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "mover/draw.h"
#include "mover/remote.h"
#include "mover/spawn.h"

namespace weir::mover {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view served = "Serving remote control on http://127.0.0.1:";
constexpr std::string_view user = "weir";

std::string base64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Variables environment_of_rclone(const Fetching& fetching) {
  Variables variables = passed_on_environment();
  variables["RCLONE_CONFIG"] =
      fetching.rclone_config.empty() ? "/dev/null" : fetching.rclone_config;
  return variables;
}

tl::unexpected<base::Error> fail_not_installed(const std::string& program) {
  return fail(ErrorCode::unavailable, "rclone is not installed: there is no program " + program,
              "fetching.rclone", "apt install rclone");
}

base::Descriptor memory(const char* name) {
  return base::Descriptor(::memfd_create(name, MFD_CLOEXEC));
}

std::string all_of(int file) {
  std::string text(std::size_t{64} << 10, '\0');
  const Result<std::size_t> size = read_at(file, text, 0);
  text.resize(size ? *size : 0);
  return text;
}

// As rclone wants passwords. They go in and out through memory, not a command line.
Result<std::string> obscured(const std::string& plain, const Fetching& fetching) {
  const base::Descriptor in = memory("weir-plain");
  const base::Descriptor out = memory("weir-obscured");
  const base::Descriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!in || !out) return base::fail_errno("make memory", errno);
  WEIR_TRY_STATUS(write_at(in.get(), plain, 0));
  const Streams streams{in.get(), out.get(), nowhere.get()};
  const std::vector<std::string> words{fetching.rclone, "obscure", "-"};
  const pid_t pid = WEIR_TRY(start_process(words, environment_of_rclone(fetching), streams, true));
  const int code = wait_for_end(pid);
  if (code == exit_not_started) return fail_not_installed(fetching.rclone);
  std::string text = all_of(out.get());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (code != 0 || text.empty()) {
    return fail(ErrorCode::unavailable, fetching.rclone + " obscures no password");
  }
  return text;
}

std::string name_of(std::size_t replica) { return "replica" + std::to_string(replica); }

bool is_unreserved(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' || letter == '_' ||
         letter == '~' || letter == '/';
}

}  // namespace

Result<std::unique_ptr<Rclone>> Rclone::start(const std::vector<Replica>& replicas,
                                              const Fetching& fetching) {
  std::unique_ptr<Rclone> rclone(new Rclone);
  Variables variables = environment_of_rclone(fetching);
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    Replica replica = replicas[i];
    for (auto& [option, value] : replica.secrets) {
      if (!value.empty()) rclone->secrets_.push_back(value);
      if (is_obscured(option)) value = WEIR_TRY(obscured(value, fetching));
      if (!value.empty()) rclone->secrets_.push_back(value);
    }
    Result<Variables> described = remote_environment(name_of(i), replica);
    if (!described) {
      base::Error error = std::move(described).error();
      error.field = "replicas[" + std::to_string(i) + "]." + error.field;
      return fail(std::move(error));
    }
    variables.merge(*described);
  }
  const std::string password = drawn_name();
  rclone->secrets_.push_back(password);
  rclone->authorization_ = "Basic " + base64(std::string(user) + ":" + password);
  variables["RCLONE_RC_SERVE"] = "true";
  variables["RCLONE_RC_ADDR"] = "127.0.0.1:0";
  variables["RCLONE_RC_USER"] = user;
  variables["RCLONE_RC_PASS"] = password;
  variables["RCLONE_CONTIMEOUT"] = "10s";
  // A failure is ours to try again, elsewhere perhaps.
  variables["RCLONE_LOW_LEVEL_RETRIES"] = "1";
  rclone->log_ = memory("weir-rclone-log");
  const base::Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!rclone->log_ || !nothing) return base::fail_errno("make memory", errno);
  const Streams streams{nothing.get(), nothing.get(), rclone->log_.get()};
  const std::vector<std::string> words{fetching.rclone, "rcd"};
  rclone->process_ = WEIR_TRY(start_process(words, variables, streams, true));
  WEIR_TRY_STATUS(rclone->wait_until_it_serves(fetching.rclone));
  return rclone;
}

Status Rclone::wait_until_it_serves(const std::string& program) {
  const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (;;) {
    const std::string text = said();
    if (const std::size_t at = text.find(served); at != std::string::npos) {
      const char* const begin = text.data() + at + served.size();
      std::from_chars(begin, text.data() + text.size(), port_);
      if (port_ != 0) return {};
    }
    if (has_ended()) {
      const int code = wait_for_end(process_);
      process_ = -1;
      if (code == exit_not_started) return fail_not_installed(program);
      return fail(ErrorCode::unavailable, program + " ended with " + std::to_string(code) +
                                              " at once: " + without_secrets(text.substr(0, 400)));
    }
    if (std::chrono::steady_clock::now() > give_up_at) {
      return fail(ErrorCode::unavailable,
                  program + " does not begin to serve: " + without_secrets(text.substr(0, 400)));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Rclone::~Rclone() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  wait_for_end(process_);
}

bool Rclone::has_ended() const {
  siginfo_t info{};
  return process_ <= 0 ||
         (::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
          info.si_pid == process_);
}

std::string Rclone::said() const { return all_of(log_.get()); }

std::string Rclone::target_of(std::size_t replica, const std::string& path) {
  std::string target = "/%5B" + name_of(replica) + ":%5D/";
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char letter : path) {
    if (is_unreserved(letter)) {
      target += letter;
    } else {
      const auto value = static_cast<unsigned char>(letter);
      target += '%';
      target += digits[value >> 4U];
      target += digits[value & 0xFU];
    }
  }
  return target;
}

std::string Rclone::without_secrets(std::string text) const {
  for (const std::string& secret : secrets_) {
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + 3)) {
      text.replace(at, secret.size(), "***");
    }
  }
  return text;
}

}  // namespace weir::mover
